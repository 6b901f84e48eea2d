import type { DataSource } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { Counter, CounterBucket } from '../../../lib/index.js';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { batch, connect, NAMESPACES, open, single } from './databases.js';

const LARGE = 9_007_199_254_740_993n;
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
/** What ends a text early, or is taken for a parameter, under one setting or another. */
const DELICATE = [
  "O'Brien",
  '"quoted"',
  '\\',
  "\\'; DROP TABLE fast_counter; -- ",
  ':name',
  '?',
  '日本',
  '😀',
  '%_',
  '`x`',
];

/** What a store does, once each. */
async function all(dataSource: DataSource): Promise<unknown> {
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  const bucket = bucketName('a', bucketSuffix({ window: 'day', start: START }));
  const names = [
    ...DELICATE,
    ...DELICATE.map((name) => bucketName(name, bucketSuffix({ window: 'hour', start: START }))),
  ];
  const seeded = await store.seed(0, ({ seq }) => Promise.resolve(`after-${seq}`));
  const applied = await store.apply(0, batch(2, { a: LARGE, b: -1, [bucket]: 7 }));
  const removed = await store.apply(0, batch(3, { b: 1 }, ['b']));
  const delicate = await store.apply(
    0,
    batch(4, Object.fromEntries(names.map((name) => [name, 2]))),
  );
  const read = await store.read(['a', 'b', bucket, ...names], [0]);
  const listed = await store.list({ order: 'value', direction: 'desc', limit: 50 });
  const recent = listed.map(
    ({ createdAt }) => Math.abs(Date.now() - createdAt.getTime()) < DAY / 24,
  );
  const expired = await store.expire('day', new Date(START + 1), 5, new Date());
  const persisted = Math.abs(Date.now() - Number(await store.persistedAt())) < DAY / 24;
  return {
    ...{ seeded, applied, removed, delicate, read, expired, recent, persisted },
    listed: listed.map(({ name, value }) => ({ name, value })),
  };
}

test.each<[string, Record<string, unknown>]>([
  ['the time zone of this process', { timezone: 'local' }],
  ['another time zone', { timezone: '-11:00' }],
  ['dates as texts', { dateStrings: true }],
  ['rounded numbers', { supportBigNumbers: false, bigNumberStrings: false }],
  ['decimal numbers', { extra: { decimalNumbers: true } }],
  ['named parameters', { extra: { namedPlaceholders: true } }],
  ['several statements', { multipleStatements: true }],
  ['another character set', { charset: 'LATIN1_SWEDISH_CI' }],
])('a driver that is set to %s changes nothing', async (_, settings) => {
  const { dataSource: usual } = await single();
  const expected = await all(usual);
  const { url } = await single();
  expect(await all(await connect(url, settings))).toEqual(expected);
});

test('casts of the application change nothing', async () => {
  const { dataSource: usual } = await single();
  const expected = await all(usual);
  const { url } = await single();
  let asked = false;
  // TypeORM asks for a version when it connects
  const typeCast = (_: unknown, next: () => unknown) => (asked ? 'nonsense' : next());
  const dataSource = await connect(url, { extra: { typeCast } });
  asked = true;
  expect(await all(dataSource)).toEqual(expected);
});

test.each([
  ['no backslashes', `sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'`],
  ['no strictness', `sql_mode = ''`],
  ['strict modes', `sql_mode = 'ANSI,TRADITIONAL,ONLY_FULL_GROUP_BY,PAD_CHAR_TO_FULL_LENGTH'`],
  ['another isolation', `tx_isolation = 'SERIALIZABLE'`],
  ['another time zone', `time_zone = '-11:00'`],
  ['another collation', `collation_connection = 'utf8mb4_unicode_ci'`],
])('a session with %s changes nothing', async (_, setting) => {
  const { dataSource: usual } = await single();
  const expected = await all(usual);
  const { url } = await single();
  const dataSource = await connect(url, { poolSize: 1 });
  await dataSource.query(`SET SESSION ${setting}`);
  expect(await all(dataSource)).toEqual(expected);
});

test('of the entities counts are exact and times are right, or an error where the driver has rounded', async () => {
  const { store, dataSource, url } = await single();
  const bucket = bucketName('large', bucketSuffix({ window: 'day', start: START }));
  await store.apply(0, batch(1, { small: 5, large: LARGE, [bucket]: 1 }));
  const find = ({ manager }: DataSource, name: string) => manager.findOneBy(Counter, { name });
  expect(await find(dataSource, 'large')).toMatchObject({ value: LARGE });
  expect(await dataSource.manager.findOneBy(CounterBucket, {})).toMatchObject({
    startsAt: new Date(START),
    value: 1n,
  });
  const rounding = await connect(url, { supportBigNumbers: false, bigNumberStrings: false });
  expect(await find(rounding, 'small')).toMatchObject({ value: 5n });
  await expect(find(rounding, 'large')).rejects.toThrow(/rounded by the parser.*bigNumberStrings/);
});

test('a caller who holds all connections of the pool gets a spare one', async () => {
  const { store, dataSource, url } = await single({ poolSize: 2 });
  await store.apply(0, batch(1, { a: 3 }));
  const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
  for (const runner of runners) await runner.startTransaction();
  const reads = Array.from({ length: 2 }, () => store.read(['a'], [0]));
  for (const { values } of await Promise.all(reads)) expect(values.get('a')).toBe('3');
  const observer = await open(url);
  const connections = async () => {
    const [found] = await observer.query(
      'SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
    );
    return (found as unknown[]).length;
  };
  // those of the pool, and this one
  await expect.poll(connections).toBe(3);
  for (const runner of runners) {
    await runner.rollbackTransaction();
    await runner.release();
  }
});

test('a pool that is exhausted for good is told in the error', async () => {
  const { dataSource } = await single({ poolSize: 1 });
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  onTestFinished(() => runner.release());
  const store = new SqlCounterStore(dataSource, NAMESPACES, 2000);
  await expect(store.apply(0, batch(1, { a: 1 }))).rejects.toThrow(
    /gave no connection within 2000 ms: all 1 connections of its pool are in use/,
  );
});
