import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVERS } from './catalogue.js';

const fileOf = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const results = fileOf('.tmp/servers/passed.json');

interface Passed {
  version: string;
  /** How many. */
  tests: number;
}

type Kept = Passed & { at: string };

async function resultsSoFar(): Promise<Record<string, Kept>> {
  const text = await readFile(results, 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, Kept>;
}

/** Keeps that all tests of a server passed, for the table. */
export async function keepServer(title: string, passed: Passed): Promise<void> {
  const all = await resultsSoFar();
  all[title] = { ...passed, at: new Date().toISOString().slice(0, 10) };
  await mkdir(dirname(results), { recursive: true });
  await writeFile(results, JSON.stringify(all, undefined, 2));
}

const TABLE_BEGINS = '<!-- written by npm run test:matrix -- servers -->';
const TABLE_ENDS = '<!-- end of servers -->';

/** Writes the table of servers in docs/compatibility.md. A row without a run here stays as it is; a new one is `untested`. */
export async function writeServers(): Promise<void> {
  const document = fileOf('docs/compatibility.md');
  const passed = await resultsSoFar();
  const text = await readFile(document, 'utf8');
  const rows = SERVERS.map(({ title }) => {
    const known = text.split('\n').find((line) => line.startsWith(`| ${title} |`));
    const kept = passed[title];
    if (kept === undefined) return known ?? `| ${title} | | | untested |`;
    return `| ${title} | ${kept.version} | ${kept.tests} | ${kept.at} |`;
  });
  const table = ['| server | package | tests | run |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
  const head = text.slice(0, text.indexOf(TABLE_BEGINS) + TABLE_BEGINS.length);
  const tail = text.slice(text.indexOf(TABLE_ENDS));
  await writeFile(document, `${head}\n\n<!-- prettier-ignore -->\n${table}\n\n${tail}`);
}
