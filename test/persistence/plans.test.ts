import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../docs/markdown.js';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, NAMESPACES, sentStatements, stores } from './databases.js';

const HOUR = 3_600_000;
const HOURS = 100;
const EVEN = Math.floor(Date.now() / HOUR) * HOUR;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** How a table came to its rows: what the planner knows of it. */
const KINDS = ['never analyzed', 'analyzed', 'analyzed when it was small'] as const;

/** A table of so many counters, and of a hundred hours of each hundredth of them. */
async function filled(kind: (typeof KINDS)[number], counters: number) {
  const { dataSource: owner, url } = await stores(1);
  for (const table of ['fast_counter', 'fast_counter_bucket', 'fast_counter_ledger'])
    await owner.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  if (kind === 'analyzed when it was small') await insert(owner, 'early-', 20);
  if (kind === 'analyzed when it was small') await owner.query('ANALYZE');
  await insert(owner, 'name-', counters);
  if (kind === 'analyzed') await owner.query('ANALYZE');
  const statements = sentStatements(owner);
  const store = new SqlCounterStore(await connect(url), NAMESPACES);
  await store.apply(0, batch(1, { 'name-1': 1 }));
  return { owner, store, statements };
}

async function insert(owner: DataSource, prefix: string, counters: number): Promise<void> {
  await owner.query(
    `INSERT INTO fast_counter SELECT $1, $2 || i, 1, now(), now() FROM generate_series(1, $3::int) i`,
    [NAMESPACES.counters, prefix, counters],
  );
  await owner.query(
    `INSERT INTO fast_counter_bucket
     SELECT $1, $2 || i, 'hour', to_timestamp($4::bigint) - make_interval(hours => h), 1, now()
       FROM generate_series(1, $3::int) i, generate_series(1, ${HOURS}) h`,
    [NAMESPACES.counters, prefix, Math.ceil(counters / HOURS), EVEN / 1000],
  );
}

/** How the statements of a call look at a table, and how many rows they visit there. */
async function looks(
  { owner, statements }: Pick<Awaited<ReturnType<typeof filled>>, 'owner' | 'statements'>,
  table: string,
  call: () => Promise<unknown>,
): Promise<{ scans: string[]; visited: number }> {
  statements.length = 0;
  await call();
  const said = statements.filter(({ text }) => text.includes(`"${table}"`));
  const scans: string[] = [];
  let visited = 0;
  const walk = (plan: Plan): void => {
    if (plan['Relation Name'] === table && plan['Node Type'].includes('Scan')) {
      const condition = plan['Index Cond'] ?? plan['Recheck Cond'] ?? 'no condition';
      scans.push([plan['Node Type'], condition].join(': '));
      const loops = plan['Actual Loops'] ?? 1;
      const each =
        (plan['Actual Rows'] ?? 0) +
        (plan['Rows Removed by Filter'] ?? 0) +
        (plan['Rows Removed by Index Recheck'] ?? 0);
      visited += each * loops;
    }
    plan.Plans?.forEach(walk);
  };
  for (const { text, parameters } of said) {
    const runner = owner.createQueryRunner();
    await runner.startTransaction();
    const [
      {
        'QUERY PLAN': [{ Plan: plan }],
      },
    ] = (await runner.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...parameters])) as [
      { 'QUERY PLAN': [{ Plan: Plan }] },
    ];
    walk(plan);
    await runner.rollbackTransaction();
    await runner.release();
  }
  expect(scans.length).toBeGreaterThan(0);
  return { scans, visited: Math.round(visited) };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `name-${i + 1}`);
const buckets = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const start = EVEN - (1 + (i % HOURS)) * HOUR;
    return bucketName(`name-${1 + Math.floor(i / HOURS)}`, bucketSuffix({ window: 'hour', start }));
  });

/** How each of them is looked for. */
const BY_NAME = /^Index Scan: .*namespace.*name\)::text = asked\.name/;
const BY_KEY_OF_BUCKET = /^Index Scan: .*name.*time_window.*starts_at/;
/** How all of them are looked for. */
const BY_NAMES = /^(Index|Bitmap Heap) Scan: .*namespace.*name\)::text = ANY/;

describe.each(KINDS)('on a table that was %s', (kind) => {
  test('a read finds all names at once by the primary key, and each hour by its key: four times as many take four times as much', async () => {
    const database = await filled(kind, 20_000);
    await database.store.read([], []);
    for (const count of [10, 1000, 5000, 20_000]) {
      const { store } = database;
      const counters = await looks(database, 'fast_counter', () => store.read(names(count), [0]));
      const hours = await looks(database, 'fast_counter_bucket', () =>
        store.read(buckets(count), [0]),
      );
      expect([counters.visited, hours.visited]).toEqual([count, count]);
      expect(counters.scans).toEqual([expect.stringMatching(BY_NAMES)]);
      expect(hours.scans).toEqual([expect.stringMatching(BY_KEY_OF_BUCKET)]);
    }
  });

  test('a read does so among few rows, too, and leaves out what is not there', async () => {
    const database = await filled(kind, 1000);
    const { store } = database;
    await store.read([], []);
    const { scans } = await looks(database, 'fast_counter', () => store.read(names(1000), [0]));
    expect(scans).toEqual([expect.stringMatching(BY_NAMES)]);
    const there = [...names(3).slice(1), ...buckets(3)];
    const absent = ['name', 'name-9999', ...buckets(2).map((name) => `no-${name}`)];
    const { values } = await store.read([...absent, ...there], []);
    expect(values).toEqual(new Map(there.map((name) => [name, '1'])));
  });

  test('a new namespace beside an old one is read in the same way', async () => {
    const database = await filled(kind, 20_000);
    const { owner, statements } = database;
    await owner.query(
      `INSERT INTO fast_counter SELECT 'new', name, 1, now(), now() FROM fast_counter LIMIT 5000`,
    );
    const fresh = new SqlCounterStore(owner, { counters: 'new', ledger: 'new' });
    await fresh.read([], []);
    const { scans, visited } = await looks({ owner, statements }, 'fast_counter', () =>
      fresh.read(names(1000), [0]),
    );
    expect(scans).toEqual([expect.stringMatching(BY_NAMES)]);
    expect(visited).toBeLessThanOrEqual(1000);
  });

  test('where the table has another index, each name is looked for by itself: the planner might take that one', async () => {
    const database = await filled(kind, 20_000);
    const { owner, store } = database;
    await store.read([], []);
    await owner.query('CREATE INDEX by_value ON fast_counter (namespace, value)');
    // which still goes by what the read before it found
    await store.read(names(10), [0]);
    const { scans, visited } = await looks(database, 'fast_counter', () =>
      store.read(names(1000), [0]),
    );
    expect(scans).toEqual([expect.stringMatching(BY_NAME)]);
    expect(visited).toBe(1000);
  });

  test('rows that are removed or expire are found without a look at the others', async () => {
    const database = await filled(kind, 20_000);
    const { store } = database;
    const asked = names(500);
    const deltas = Object.fromEntries(asked.map((name) => [name, -1]));
    const removal = await looks(database, 'fast_counter', () =>
      store.apply(0, batch(2, { ...deltas, 'name-1': -5 }, asked)),
    );
    expect(removal.visited).toBeLessThan(3 * asked.length);
    expect((await store.read(asked, [])).values).toEqual(new Map([['name-1', '-3']]));

    const expiry = await looks(database, 'fast_counter_bucket', () =>
      store.expire('hour', new Date(EVEN), 500, new Date()),
    );
    expect(expiry.visited).toBeLessThanOrEqual(1000);
  });

  test('a page of the list visits what it answers', async () => {
    const database = await filled(kind, 20_000);
    const after = { name: 'name-5', value: 0n };
    for (const direction of ['asc', 'desc'] as const) {
      for (const more of [{}, { prefix: 'name-' }, { prefix: 'name-', after }, { after }]) {
        const { visited } = await looks(database, 'fast_counter', () =>
          database.store.list({ order: 'name', direction, limit: 20, ...more }),
        );
        expect(visited).toBeLessThanOrEqual(20);
      }
    }
  });
});

test('the top of a window visits what it answers, by the index of the document', async () => {
  const database = await filled('analyzed', 100_000);
  const [index = ''] = /CREATE INDEX CONCURRENTLY fast_counter_bucket_by_value[^;]+/.exec(
    readDocument('docs/metering.md'),
  ) ?? [''];
  await database.owner.query(index);
  const start = EVEN - HOUR;
  const query = { window: 'hour', first: start, last: start, limit: 20 } as const;
  for (const more of [{ prefix: '' }, { prefix: 'name-' }, { prefix: '', atMost: 1n }]) {
    const { scans, visited } = await looks(database, 'fast_counter_bucket', () =>
      database.store.top({ ...query, ...more }),
    );
    expect(scans).toEqual([expect.stringMatching(/^Index (Only )?Scan: .*starts_at/)]);
    expect(visited).toBeLessThanOrEqual(20);
  }
  // each hour is still found by its key
  const { scans } = await looks(database, 'fast_counter_bucket', () =>
    database.store.read(buckets(1000), [0]),
  );
  expect(scans).toEqual([expect.stringMatching(BY_KEY_OF_BUCKET)]);
});
