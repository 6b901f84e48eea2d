import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument, root } from './markdown.js';

/** Sections that state no behaviour: figures, and what a person should do. */
const WITHOUT_BEHAVIOUR = ['How it was tested, with figures'];
/** Blocks that state none: contents, figures of a measurement, the beginning of a list. */
const NO_STATEMENT = [
  /^- \[.*\]\(#.*\)$/m,
  /^(?:Measured for ten minutes|The load never pauses|`test\/package\/bundled)/,
  /^\| \| Redis was never there/m,
  /^Each row is a test/,
  /:$/,
];
const NAMED = /(?:\.\.\/)?test\/[\w/-]+\.test\.ts/g;

/** Paragraphs, items of lists and tables, each with the line below it where that is a comment. */
function blocks(document: string): string[] {
  const text = document
    .replace(/^```.*?^```$/gms, '')
    .replace(/^<!-- prettier-ignore -->\n/gm, '')
    .replace(/\n\n(?=<!-- test\/)/g, '\n');
  const kept: string[] = [];
  let isKept = true;
  for (const block of text.split(/\n{2,}/)) {
    const heading = /^#+ (.*)$/.exec(block)?.[1];
    if (heading !== undefined) isKept = !WITHOUT_BEHAVIOUR.includes(heading);
    else if (isKept) kept.push(...block.split(/\n(?=- |\d+\. )/));
  }
  return kept.map((block) => block.trim()).filter((block) => block !== '');
}

describe.each(['docs/guarantees.md', 'docs/operations.md'])('%s', (path) => {
  const stating = blocks(readDocument(path)).filter(
    (block) => !NO_STATEMENT.some((pattern) => pattern.test(block)),
  );

  test('names, for each paragraph that states a behaviour, the tests that hold it', () => {
    expect(stating.length).toBeGreaterThan(20);
    const unheld = stating.filter((block) => block.match(NAMED) === null);
    expect(unheld.map((block) => block.slice(0, 80))).toEqual([]);
  });

  test('names no test that is not there', () => {
    const files = readDocument(path).match(NAMED) ?? [];
    const gone = files
      .map((file) => file.replace('../', ''))
      .filter((file) => !existsSync(join(root, file)));
    expect(gone).toEqual([]);
  });
});
