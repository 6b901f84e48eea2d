import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, documents, links, quoted, readDocument, root, withoutCode } from './markdown.js';

const FOLDERS = ['lib', 'test', 'bench', 'scripts', 'docs', 'sample-app/src'];

const files = [
  ...readdirSync(root),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath, entry.name).slice(root.length),
    ),
  ),
].map((path) => `/${path}`);
const isThere = (name: string): boolean => files.some((path) => path.endsWith(`/${name}`));

function isBroken(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchors(readDocument(target)).includes(anchor);
}

describe('the links between the documents', () => {
  it('are in more than one of them', () => {
    expect(documents()).toEqual(expect.arrayContaining(['README.md', 'docs/counting.md']));
  });

  it.each(documents())('lead somewhere: %s', (document) => {
    const relative = links(readDocument(document)).filter((link) => !/^[a-z]+:/.test(link));
    expect(relative.filter((link) => isBroken(document, link))).toEqual([]);
  });

  // a changelog tells of files as they were
  it.each(documents().filter((path) => path !== 'CHANGELOG.md'))(
    'stand beside names of files that are there: %s',
    (document) => {
      const named = quoted(withoutCode(readDocument(document))).filter((code) =>
        /^[\w./-]+\.(ts|lua|mjs|json|md|svg|yml)$/.test(code),
      );
      expect(named.filter((name) => !isThere(name))).toEqual([]);
    },
  );
});
