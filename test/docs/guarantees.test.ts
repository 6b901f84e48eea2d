import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { links, readDocument, root, section } from './markdown.js';

it('the table of faults names every test of a fault', () => {
  const named = links(section(readDocument('docs/guarantees.md'), 'Faults'));
  const tests = readdirSync(join(root, 'test', 'faults')).filter((file) =>
    file.endsWith('.test.ts'),
  );
  expect(tests.length).toBeGreaterThan(10);
  expect(named).toEqual(expect.arrayContaining(tests.map((file) => `../test/faults/${file}`)));
});
