import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { Calendar } from '../../lib/windows/calendar.js';
import {
  CounterUsage,
  downFastCounter,
  fastCounterEntities,
  meteredName,
  parseMeteredName,
  upFastCounter,
} from '../../lib/index.js';
import { whyInvalidName } from '../../lib/input/counter-name.js';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { openCounterStore } from '../../lib/database/open-counter-store.js';
import { HOSTILE } from '../security/hostile-names.js';
import { Random } from '../simulation/random.js';
import { ownSqlite, SQLITE_KINDS } from '../support/sqlite.js';
import { codeBlocks, readDocument, section, tableRows } from '../docs/markdown.js';
import { OwnNames } from '../support/crowded-orm.js';
import * as mariadb from './mariadb/databases.js';
import { batch, connect, emptyDatabase, NAMESPACES, withRunner } from './databases.js';

type Settings = Readonly<Record<string, unknown>>;

const ENTITIES = [...fastCounterEntities, CounterUsage];
const DATABASES: [string, (settings?: Settings) => Promise<DataSource>][] = [
  [
    'PostgreSQL',
    async (settings) => connect(await emptyDatabase(), { entities: ENTITIES, ...settings }),
  ],
  [
    'MariaDB',
    async (settings) =>
      mariadb.connect(await mariadb.emptyDatabase(), { entities: ENTITIES, ...settings }),
  ],
  ...SQLITE_KINDS.map((kind): [string, (settings?: Settings) => Promise<DataSource>] => [
    `SQLite by ${kind}`,
    (settings) => ownSqlite(kind, { entities: ENTITIES, tables: false, ...settings }),
  ]),
];

const START = new Calendar('UTC').spanOf('day', Date.UTC(2026, 9, 25)).start;
const nameOf = (counter: string): string =>
  bucketName(counter, bucketSuffix({ window: 'day', start: START }));

/** Texts that want to be something else to SQL, JSON, a parser of names or a decoder. */
const PIECES = [
  ...[
    '%',
    '%%',
    '%2',
    '%2C',
    '%2c',
    '%7B',
    '%zz',
    '%00',
    '%41',
    '%C3',
    '%c3%a4',
    '%ED%A0%80',
    '%F4%90%80%80',
  ],
  ...[
    '%F0%9F%98%80',
    '%E2%82',
    '%C0%80',
    '%80',
    '{',
    '}',
    ',',
    ':',
    '=',
    '"',
    "'",
    '\\',
    '\\u0041',
    '\\"',
  ],
  ...[
    '$1',
    '__proto__',
    '\n',
    '\0',
    '\u0085',
    ' ',
    '\u00a0',
    'ä',
    'a\u0308',
    '😀',
    '\u{10ffff}',
    '\u2028',
    'x',
  ],
];

function texts(random: Random, number: number): string[] {
  return Array.from({ length: number }, () =>
    Array.from({ length: random.whole(0, 6) }, () => random.pick(PIECES)).join(''),
  );
}

/** Names that the module makes, and any others that a counter may have. */
function names(): string[] {
  const random = new Random(20261128);
  const values = [
    ...texts(random, 400),
    ...HOSTILE.map((text) => Array.from(text).slice(0, 12).join('')),
  ];
  const made = values.flatMap((value, place) => {
    const other = values[(place * 7) % values.length] ?? '';
    return [
      meteredName('api.calls', { tenant: value }),
      meteredName('"quoted" \'name\'', { tenant: value, 'plan.of-x': other, _: place }),
    ];
  });
  const others = [
    ...[
      'plain',
      'a{b',
      'a}b{c',
      'a{b}c}d',
      'a{b}{c}',
      '{a}b',
      'a{}',
      'a{}b',
      'a{}%41',
      'a{,}b,c',
      'a{,b}1',
    ],
    ...[
      'a{b,b}1,2',
      'a{b,c,b}1,2,3',
      'a{b,c}1',
      'a{b}1,2,3',
      'a{b}',
      'a{%41}%41',
      'a{b}%C3ä',
      'a{b,c}%C3,%A4',
    ],
    `a{b}${'%F0%9F%98%80'.repeat(15)}`,
    `a{b}${'\u{10ffff}'.repeat(180)}%41`,
    `a{b}${'%41'.repeat(60)}`,
    ...HOSTILE,
    ...texts(random, 400).map((text) => `n{${text}`),
    ...texts(random, 400).map((text) => `n{k,l}${text}`),
  ];
  return [...new Set([...made, ...others])].filter((name) => whyInvalidName(name) === undefined);
}

/** As the module reads it; U+0000 stays as it is in the name. */
function expected(counter: string): { name: string; dimensions: Record<string, string> } {
  const { name, dimensions } = parseMeteredName(counter);
  const [keys = '', values = ''] = counter.slice(name.length + 1).split('}');
  keys.split(',').forEach((key, place) => {
    if (dimensions[key]?.includes('\0')) dimensions[key] = values.split(',')[place] ?? '';
  });
  return { name, dimensions };
}

/** The report of docs/metering.md, as its table has it for a database, for one day of the counters of these tests. */
function reportOn(database: string): string {
  const document = 'docs/metering.md';
  const report = codeBlocks(document).find(({ code }) => code.includes('FROM fast_counter_usage'));
  const rows = tableRows(section(readDocument(document), 'By SQL'));
  const spellingsOf = (of: string): string[] => {
    const [, ...cells] = rows.find(([name]) => name === of) ?? fail();
    return cells.map((cell) => cell.replace(/^`(.*)`$/, '$1'));
  };
  const own = spellingsOf(database);
  const inDocument: [string, string][] = spellingsOf('PostgreSQL').map((spelling, place) => [
    spelling,
    own[place] ?? '',
  ]);
  const ours: [string, string][] = [
    ...inDocument,
    ["'default'", `'${NAMESPACES.counters}'`],
    ["'month'", "'day'"],
    ['2026-10-01', '2026-10-25'],
    ["'api.calls'", "'calls'"],
    ['GROUP BY 1;', 'GROUP BY 1 ORDER BY 1'],
  ];
  return ours.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, report?.code ?? '');
}

const IN_SQLITE = {
  database: 'SQLite',
  explain: 'EXPLAIN QUERY PLAN',
  plan: /SEARCH kept USING INDEX \S+ \(namespace=\? AND time_window=\? AND starts_at=\?\)/,
};

/** The name of each database in the document, and how it says that it has looked for the day by an index. */
const REPORTS: Readonly<Record<string, { database: string; explain: string; plan: RegExp }>> = {
  postgres: {
    database: 'PostgreSQL',
    explain: 'EXPLAIN',
    plan: /Index Cond: .*time_window.* AND .*starts_at = /,
  },
  mariadb: {
    database: 'MariaDB, MySQL',
    // MySQL 9.7 answers a tree by default
    explain: 'EXPLAIN FORMAT=TRADITIONAL',
    // of the table of the view, as many rows as the day has; MySQL tells of partitions in between
    plan: /kept +(ref|range) \S+ IDX_\S+ \d+ \S+ 2\d /,
  },
  sqljs: IN_SQLITE,
  'better-sqlite3': IN_SQLITE,
};

function fail(): never {
  throw new Error('no report for this database');
}

describe.each(DATABASES)('the view fast_counter_usage on %s', (_, database) => {
  test('has names and dimensions as the module reads them, whatever they hold', async () => {
    const dataSource = await database();
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    const store = openCounterStore(dataSource, NAMESPACES);
    const all = names();
    expect(all.length).toBeGreaterThan(1_000);
    await store.apply(
      0,
      batch(1, Object.fromEntries(all.map((name, place) => [nameOf(name), place + 1]))),
    );
    const rows = await dataSource.getRepository(CounterUsage).find();
    const read = new Map(rows.map((row) => [row.counter, row]));
    expect(read.size).toBe(all.length);
    for (const [place, counter] of all.entries()) {
      const { updatedAt, ...row } = read.get(counter) ?? {};
      expect({ ...row }).toEqual({
        ...{ namespace: NAMESPACES.counters, counter, ...expected(counter) },
        ...{ window: 'day', startsAt: new Date(START), value: BigInt(place + 1) },
      });
      expect(Math.abs(Number(updatedAt) - Date.now())).toBeLessThan(3_600_000);
    }
  });

  test('goes with the version that it came with, and may be made again', async () => {
    const dataSource = await database();
    const readable = () => dataSource.getRepository(CounterUsage).count();
    await withRunner(dataSource, async (runner) => {
      await upFastCounter(runner, { version: 1 });
      await expect(readable()).rejects.toThrow();
      await upFastCounter(runner);
      await upFastCounter(runner);
      expect(await readable()).toBe(0);
      await downFastCounter(runner, { version: 1 });
      await expect(readable()).rejects.toThrow();
      await upFastCounter(runner);
      await downFastCounter(runner);
      await upFastCounter(runner);
    });
    expect(await readable()).toBe(0);
    // the schema builder neither makes nor drops it, and notes it nowhere
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
    await dataSource.synchronize();
    expect(await readable()).toBe(0);
  });

  test('is not made by synchronize, but beside its tables', async () => {
    const dataSource = await database({ synchronize: true });
    await expect(dataSource.getRepository(CounterUsage).count()).rejects.toThrow();
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await dataSource.getRepository(CounterUsage).count()).toBe(0);
    await dataSource.synchronize(true);
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    expect(await dataSource.getRepository(CounterUsage).count()).toBe(0);
  });

  test('is named as the data source names', async () => {
    const dataSource = await database({ entityPrefix: 'app_', namingStrategy: new OwnNames() });
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    const store = openCounterStore(dataSource, NAMESPACES);
    await store.apply(0, batch(1, { [nameOf('a{b}c')]: 1 }));
    const [row] = await dataSource.getRepository(CounterUsage).find();
    expect(row).toMatchObject({ counter: 'a{b}c', name: 'a', dimensions: { b: 'c' } });
    expect(dataSource.getRepository(CounterUsage).metadata.tablePath).toContain('app_Our');
  });

  test('answers a report by a dimension, from the rows of these windows alone', async () => {
    const dataSource = await database();
    await withRunner(dataSource, (runner) => upFastCounter(runner));
    const store = openCounterStore(dataSource, NAMESPACES);
    const other = { window: 'day', start: START - 86_400_000 } as const;
    const counts: Record<string, number> = {};
    for (let part = 0; part < 2_000; part++) {
      counts[bucketName(`calls{tenant}t${part}`, bucketSuffix(other))] = 1;
      if (part < 20) counts[nameOf(`calls{plan,tenant}p${part},t${part % 4}`)] = part;
    }
    // what must break no report of others
    counts[nameOf('calls{plan,tenant}%00,%00')] = 1;
    counts[nameOf('calls{tenant,tenant,plan}first,t1,p1')] = 1_000;
    await store.apply(0, batch(1, counts));
    const { database: name, explain, plan } = REPORTS[dataSource.options.type] ?? fail();
    const report = reportOn(name);
    if (dataSource.options.type === 'postgres') await dataSource.query('ANALYZE');
    const rows = await dataSource.query<{ tenant: string; calls: unknown }[]>(report);
    expect(rows.map(({ tenant, calls }) => [tenant, Number(calls)])).toEqual([
      ['%00', 1],
      ['t0', 40],
      ['t1', 1_045],
      ['t2', 50],
      ['t3', 55],
    ]);
    if (name === 'SQLite') {
      const foreign = report.replace('2026-10-25 00:00:00.000', '2026-10-25T00:00:00Z');
      expect(foreign).not.toBe(report);
      expect(await dataSource.query<unknown[]>(foreign)).toEqual([]);
    }
    const steps = await dataSource.query<Record<string, unknown>[]>(`${explain} ${report}`);
    expect(steps.map((step) => Object.values(step).join(' ')).join('\n')).toMatch(plan);
  });
});
