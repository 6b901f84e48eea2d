import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quoted, readDocument, root, section, tableRows } from './markdown.js';

const architecture = readDocument('ARCHITECTURE.md');
const library = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });

test('who decides what is in files that are there', () => {
  const rows = tableRows(section(architecture, 'Who decides what'));
  expect(rows.length).toBeGreaterThan(8);
  const files = rows
    .flatMap(([, answer = '']) => quoted(answer))
    .filter((it) => /\.\w+$|\/$/.test(it));
  const gone = files.filter((file) => {
    const path = file.replace(/\/$/, '');
    return !library.some((it) => it === path || it.endsWith(`/${path}`));
  });
  expect(gone).toEqual([]);
});

test('the folders of lib are those of the table', () => {
  const folders = tableRows(architecture).map(([folder = '']) =>
    quoted(folder)[0]?.replace('/', ''),
  );
  const there = readdirSync(join(root, 'lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(folders.toSorted()).toEqual(there.sort());
});
