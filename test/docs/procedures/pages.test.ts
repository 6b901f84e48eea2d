import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anchors, links, readDocument, root } from '../markdown.js';

const folder = 'docs/procedures';
const pages = readdirSync(join(root, folder)).filter((file) => file !== 'README.md');

test('all are in the list', () => {
  expect(links(readDocument(`${folder}/README.md`)).sort()).toEqual(pages.sort());
});

test.each(pages)(
  '%s says how to go back and what each step is for, and is run by a test',
  (page) => {
    expect(anchors(readDocument(`${folder}/${page}`))).toEqual(
      expect.arrayContaining([
        ...['before-you-begin', 'going-back', 'what-is-lost-if-a-step-is-left-out'],
      ]),
    );
    expect(existsSync(join(root, 'test', folder, page.replace(/\.md$/, '.test.ts')))).toBe(true);
  },
);
