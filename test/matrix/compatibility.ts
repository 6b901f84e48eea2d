import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Consumer, CONSUMERS, titleOf } from './consumers.js';
import { type ApplicationName, APPLICATIONS } from './diffs.js';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const results = fileOf('.tmp/matrix/passed.json');

/** The packages of the queues. */
const QUEUES = ['@nestjs/bull', 'bull', '@nestjs/bullmq', 'bullmq'];

/** A run that went well. */
interface Passed {
  /** The day. */
  at: string;
  node: string;
  /** Of packages, as they were installed. */
  versions: Readonly<Record<string, string>>;
}

export const TABLE_BEGINS = '<!-- written by npm run test:matrix -->';
const TABLE_ENDS = '<!-- end -->';

async function resultsSoFar(): Promise<Record<string, Passed>> {
  const text = await readFile(results, 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, Passed>;
}

/** Keeps that a run went well, for the table. */
export async function keepResult(
  consumer: Consumer | ApplicationName,
  versions: Readonly<Record<string, string>>,
): Promise<void> {
  const all = await resultsSoFar();
  const at = new Date().toISOString().slice(0, 10);
  const isApplication = typeof consumer === 'string';
  const node = (isApplication ? undefined : consumer.node) ?? process.versions.node;
  all[isApplication ? consumer : titleOf(consumer)] = { at, node, versions };
  await mkdir(dirname(results), { recursive: true });
  await writeFile(results, JSON.stringify(all, undefined, 2));
}

/** Writes the table of docs/compatibility.md: a row for each consumer, `untested` where no run went well. */
export async function writeTable(): Promise<void> {
  const document = fileOf('docs/compatibility.md');
  const passed = await resultsSoFar();
  const rows = [
    ...CONSUMERS.map((consumer) => rowOf(consumer, passed[titleOf(consumer)])),
    ...APPLICATIONS.map((name) => applicationRow(name, passed[name])),
  ];
  const table = [
    '| stack | modules | run by | Nest | TypeORM | cache-manager | queues | run |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  const text = await readFile(document, 'utf8');
  const begin = text.indexOf(TABLE_BEGINS) + TABLE_BEGINS.length;
  const end = text.indexOf(TABLE_ENDS);
  const head = text.slice(0, begin);
  await writeFile(document, `${head}\n\n<!-- prettier-ignore -->\n${table}\n\n${text.slice(end)}`);
}

function applicationRow(name: ApplicationName, passed: Passed | undefined): string {
  const title = `${name} (guide)`;
  const runner = 'Jest, ts-jest; Node';
  if (passed === undefined) return `| ${title} | CommonJS | ${runner} | | | | | untested |`;
  return versionsRow([title, 'CommonJS', `${runner} ${passed.node}`], passed);
}

/** The package of a driver. */
const PACKAGES = { 'better-sqlite3': 'better-sqlite3', sqljs: 'sql.js' } as const;

function rowOf(
  { stack, modules, run, node, sqlite }: Consumer,
  passed: Passed | undefined,
): string {
  const runner = run === 'node' ? 'Node' : run === 'jest' ? 'Jest, ts-jest' : 'Vitest';
  const driver = sqlite === undefined ? undefined : PACKAGES[sqlite];
  if (passed === undefined) {
    const by = [`${runner} ${node ?? ''}`, ...(driver === undefined ? [] : [driver])].join(', ');
    return `| ${stack} | ${modules} | ${by} | | | | | untested |`;
  }
  const by = run === 'node' ? `Node ${passed.node}` : `${runner}, Node ${passed.node}`;
  const on = driver === undefined ? '' : `, embedded on ${driver} ${passed.versions[driver] ?? ''}`;
  return versionsRow([stack, modules, `${by}${on}`], passed);
}

function versionsRow(begin: readonly string[], { versions, at }: Passed): string {
  const of = (name: string): string => versions[name] ?? '';
  const queues = QUEUES.filter((name) => name in versions).map((name) => `${name} ${of(name)}`);
  const cells = [
    ...begin,
    ...[of('@nestjs/common'), of('typeorm'), of('cache-manager')],
    ...[queues.join(', ') || 'none: embedded', at],
  ];
  return `| ${cells.join(' | ')} |`;
}
