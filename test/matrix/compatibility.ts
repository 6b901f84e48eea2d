import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Consumer, CONSUMERS, NODES, titleOf } from './consumers.js';
import { type ApplicationName, APPLICATIONS } from './diffs.js';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const results = fileOf('.tmp/matrix/passed.json');

/** The packages of the queues. */
const QUEUES = ['@nestjs/bull', 'bull', '@nestjs/bullmq', 'bullmq'];

/** What tells how an application does. */
const BESIDE = ['@nestjs/terminus', 'prom-client'];

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

/**
 * Writes the table of docs/compatibility.md: a row for each consumer. One without a good run here stays as it is, with the day
 * of its last one; where there never was one, it says `untested`.
 */
export async function writeTable(): Promise<void> {
  const document = fileOf('docs/compatibility.md');
  const passed = await resultsSoFar();
  const text = await readFile(document, 'utf8');
  const begin = text.indexOf(TABLE_BEGINS) + TABLE_BEGINS.length;
  const end = text.indexOf(TABLE_ENDS);
  const known = knownRows(text.slice(begin, end));
  const rows = [
    ...CONSUMERS.map((consumer) => {
      const run = passed[titleOf(consumer)];
      return run === undefined
        ? (known.get(keyOf(consumer)) ?? without(consumer))
        : rowOf(consumer, run);
    }),
    ...APPLICATIONS.map((name) => {
      const run = passed[name];
      return run === undefined ? (known.get(name) ?? withoutRun(name)) : applicationRow(name, run);
    }),
  ];
  const head = [
    'stack',
    'modules',
    'run by',
    'Nest',
    'TypeORM',
    'cache-manager',
    'queues',
    'beside',
  ];
  const table = [asRow([...head, 'run']), asRow([...head, 'run'].map(() => '---')), ...rows];
  const before = text.slice(0, begin);
  const after = text.slice(end);
  await writeFile(
    document,
    `${before}\n\n<!-- prettier-ignore -->\n${table.join('\n')}\n\n${after}`,
  );
}

const asRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const RUNNERS = { node: 'Node', jest: 'Jest, ts-jest', vitest: 'Vitest' } as const;
/** The package of a driver. */
const PACKAGES = { 'better-sqlite3': 'better-sqlite3', sqljs: 'sql.js' } as const;
const BY =
  /^(?:(?<runner>Jest, ts-jest|Vitest)[,;] )?Node (?<node>[\d.]+)(?:, embedded on (?<driver>\S+) \S+)?$/;

/** A consumer without the versions that are not its own: as it is found in the table. */
const keyOf = ({ stack, modules, run, node = '', sqlite }: Consumer): string =>
  [stack, modules, RUNNERS[run], node, sqlite === undefined ? '' : PACKAGES[sqlite]].join('|');

/** The rows of a table that have the day of a run: by `keyOf()`, those of applications by their names. */
function knownRows(table: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of table.split('\n')) {
    const [, stack = '', modules, by = ''] = line.split('|').map((cell) => cell.trim());
    const { runner = RUNNERS.node, node = '', driver = '' } = BY.exec(by)?.groups ?? {};
    if (node === '') continue;
    const own = NODES.find((version) => version === node) ?? '';
    found.set([stack, modules, runner, own, driver].join('|'), line);
    found.set(stack.replace(/ \(guide\)$/, ''), line);
  }
  return found;
}

const untested = (begin: readonly string[]): string =>
  asRow([...begin, '', '', '', '', '', 'untested']);

const withoutRun = (name: ApplicationName): string =>
  untested([`${name} (guide)`, 'CommonJS', 'Jest, ts-jest; Node']);

function without({ stack, modules, run, node = '', sqlite }: Consumer): string {
  const driver = sqlite === undefined ? [] : [PACKAGES[sqlite]];
  return untested([stack, modules, [`${RUNNERS[run]} ${node}`.trim(), ...driver].join(', ')]);
}

const applicationRow = (name: ApplicationName, passed: Passed): string =>
  versionsRow([`${name} (guide)`, 'CommonJS', `Jest, ts-jest; Node ${passed.node}`], passed);

function rowOf({ stack, modules, run, sqlite }: Consumer, passed: Passed): string {
  const driver = sqlite === undefined ? undefined : PACKAGES[sqlite];
  const by = [...(run === 'node' ? [] : [RUNNERS[run]]), `Node ${passed.node}`];
  if (driver !== undefined) by.push(`embedded on ${driver} ${passed.versions[driver] ?? ''}`);
  return versionsRow([stack, modules, by.join(', ')], passed);
}

function versionsRow(begin: readonly string[], { versions, at }: Passed): string {
  const of = (name: string): string => versions[name] ?? '';
  const those = (names: readonly string[]): string =>
    names
      .filter((name) => name in versions)
      .map((name) => `${name} ${of(name)}`)
      .join(', ');
  return asRow([
    ...begin,
    ...[of('@nestjs/common'), of('typeorm'), of('cache-manager')],
    ...[those(QUEUES) || 'none: embedded', those(BESIDE), at],
  ]);
}
