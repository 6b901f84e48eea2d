import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const FOLDERS = ['docs', 'sample-app'];
const NOT_OURS = /(^|\/)(node_modules|dist|\.data)\//;

export interface CodeBlock {
  /** As in `README.md:12`, the line of its first line of code. */
  place: string;
  line: number;
  language: string;
  code: string;
}

/** Paths of all documents, from the root of the repository. */
export function documents(): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(folder, path),
    );
  return [...readdirSync(root), ...FOLDERS.flatMap(inFolder)]
    .filter((path) => path.endsWith('.md') && !NOT_OURS.test(path))
    .sort();
}

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The fenced blocks of a document. */
export function codeBlocks(path: string): CodeBlock[] {
  const fence = /^```(\w*)\n(.*?)^```$/gms;
  const text = readDocument(path);
  return Array.from(text.matchAll(fence), ({ 1: language = '', 2: code = '', index }) => {
    const line = text.slice(0, index).split('\n').length + 1;
    return { place: `${relative('.', path)}:${line}`, line, language, code };
  });
}

/** The text below a heading, down to the next one of its level or above. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && title(line) === heading);
  if (start === -1) throw new Error(`There is no heading "${heading}"`);
  const level = lines[start]?.search(/[^#]/) ?? 0;
  const end = lines.findIndex((line, index) => {
    const depth = /^(#+) /.exec(line)?.[1]?.length ?? Infinity;
    return index > start && depth <= level;
  });
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** The rows of a table, by default the first, without its head; cells without the escapes of `|`. */
export function tableRows(text: string, table = 0): string[][] {
  const tables = Array.from(text.matchAll(/^\|[ :|-]+\|\n((?:\|.*\|\n?)*)/gm), ([, body]) => body);
  const rows = tables[table]?.trimEnd().split('\n');
  if (rows === undefined) throw new Error(`There is no table ${table}`);
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

/** What stands between back-ticks. */
export function quoted(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ({ 1: inner = '' }) => inner);
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(text: string): string[] {
  const headings = withoutCode(text)
    .split('\n')
    .filter((line) => /^#+ /.test(line));
  return headings.map((heading) =>
    title(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The targets of the links of a document. */
export function links(text: string): string[] {
  const inline = withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g);
  return Array.from(inline, ({ 1: target = '' }) => target);
}

export const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

const title = (line: string): string => line.replace(/^#+ /, '').replaceAll('`', '').trim();
