import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, documents, links, readDocument, root } from './markdown.js';

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
});
