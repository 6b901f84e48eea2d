import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { readDocument, root } from './markdown.js';

/** Sections without statements of the kind that a test can hold. */
const FIGURES = ['How it was tested, with figures'];
/** Why a sentence has no test. */
const REASONS = ['advice', 'definition', 'introduction', 'no promise', 'a condition', 'figures'];

const COMMENT = /<!-- (.*?) -->$/;
const NAMED = /(test\/[\w/.-]+\.ts)((?: "[^"]+")+)/g;

interface Held {
  /** The sentence, or the first cell of a row. */
  words: string;
  /** What its comment says; undefined where there is none. */
  by: string | undefined;
}

/** Each line of text, item of a list and row of a table, but links that are the contents of the document. */
function statements(document: string): Held[] {
  const held: Held[] = [];
  const tables: { rows: string[]; comments: Map<string, string> }[] = [];
  let isKept = true;
  let before = '';
  for (const line of withoutCode(document).split('\n')) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) isKept = !FIGURES.includes(heading);
    const table = tables.at(-1);
    const comment = /^(.+?) ← (.+)$/.exec(line);
    if (!isKept || line === '' || /^(#|<!--|-->|- \[.*\]\(#.*\)$)/.test(line)) {
      before = '';
      continue;
    }
    if (line.startsWith('|')) {
      const [, first = ''] = line.split(/(?<!\\)\|/);
      if (before === '') tables.push({ rows: [], comments: new Map() });
      // neither the head nor the line below it
      else if (!/^\| -/.test(line)) tables.at(-1)?.rows.push(linksOf(line) ?? first.trim());
      before = line;
    } else if (comment !== null && table !== undefined) {
      const [, row = '', by = ''] = comment;
      table.comments.set(row, by);
    } else held.push({ words: line.slice(0, 80), by: COMMENT.exec(line)?.[1] });
  }
  for (const { rows, comments } of tables) {
    for (const row of rows) {
      const by = comments.get(row) ?? comments.get('each row');
      if (!row.startsWith('test/')) held.push({ words: row, by });
    }
    const unknown = [...comments.keys()].filter((row) => row !== 'each row' && !rows.includes(row));
    held.push(...unknown.map((row) => ({ words: `there is no row ${row}`, by: undefined })));
  }
  return held;
}

const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

/** A row that links to tests is held by them, whole: `links.test.ts` follows them. */
const linksOf = (row: string): string | undefined =>
  /\]\(\.\.\/(test\/[\w/.-]+\.test\.ts)\)/.exec(row)?.[1];

/** What tests and groups of tests are called in a file, as its source says. */
function titles(file: string): Set<string> {
  const path = join(root, file);
  const source = ts.createSourceFile(file, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) found.add(plain(first.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A document cannot quote quotes. */
const plain = (title: string): string => title.replaceAll('"', "'");

function isReason(by: string): boolean {
  const reason = /^no test: (.+)$/.exec(by)?.[1];
  return reason !== undefined && REASONS.includes(reason);
}

describe.each(['docs/guarantees.md', 'docs/operations.md'])('%s', (path) => {
  const all = statements(readDocument(path));

  test('has a test behind each sentence and each row, or says why not', () => {
    expect(all.length).toBeGreaterThan(80);
    const namesTests = (by: string): boolean => /^(; )*$/.test(by.replace(NAMED, ''));
    const unheld = all.filter(({ by = '' }) => !isReason(by) && !namesTests(by));
    const silent = all.filter(({ by }) => by === undefined);
    expect([...silent, ...unheld].map(({ words }) => words)).toEqual([]);
  });

  test('names no test that is not there', () => {
    const named = all.flatMap(({ by = '' }) => [...by.matchAll(NAMED)]);
    const gone = named.flatMap(([, file = '', names = '']) => {
      if (!existsSync(join(root, file))) return [file];
      const there = titles(file);
      const quoted = Array.from(names.matchAll(/"([^"]+)"/g), ([, title = '']) => title);
      return quoted.filter((title) => !there.has(title)).map((title) => `${file}: ${title}`);
    });
    expect([...new Set(gone)]).toEqual([]);
  });
});
