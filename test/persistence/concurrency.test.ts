import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { DatabaseUnavailableError } from '../../lib/index.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { INT64_MAX } from '../support/int64.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { batch, connect, NAMESPACES, rows, stores } from './databases.js';

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** How many transactions wait for another's lock. */
async function waiting(observer: pg.Client): Promise<number | null> {
  const { rowCount } = await observer.query(
    `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rowCount;
}

/** How often PostgreSQL had to end a deadlock; known when the connections are closed. */
async function deadlocks(url: string): Promise<number> {
  const client = await open(url);
  const { rows: found } = await client.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(found[0]?.deadlocks);
}

test('two partitions from many connections end in no deadlock, even with rows in common', async () => {
  const { stores: all, dataSource, url } = await stores(6);
  const names = Array.from({ length: 60 }, (_, index) => `shared-${index}`);
  const [first] = all;
  await first?.apply(9, batch(1, Object.fromEntries(names.map((name) => [name, 1]))));
  const seqs = [0, 0];
  const rounds = 40;
  await Promise.all(
    all.map(async (store, index) => {
      const partition = index % 2;
      for (let round = 0; round < rounds; round++) {
        const shuffled = names.toSorted(() => Math.random() - 0.5);
        const own = Object.fromEntries(shuffled.map((name) => [name, 1]));
        const seq = (seqs[partition] = (seqs[partition] ?? 0) + 1);
        const result = await store.apply(partition, batch(seq, { ...own, [`p${partition}`]: 1 }));
        expect(['applied', 'superseded']).toContain(result.status);
      }
    }),
  );
  const found = new Map(await rows(dataSource));
  const applied = Number(found.get('p0')) + Number(found.get('p1'));
  for (const name of names) expect(found.get(name)).toBe(String(applied + 1));
  await dataSource.destroy();
  expect(await deadlocks(url)).toBe(0);
});

test.each([
  ['in one step', {}],
  ['in several', { zero: 0, kept: 0 }],
])(
  'a batch that waited for the ledger, %s, sees what was committed meanwhile',
  async (_, unchanged) => {
    const { stores: all, url, dataSource } = await stores(4);
    await all[0]?.apply(0, batch(1, { full: INT64_MAX - 1n, kept: 5 }));
    const [blocker, observer] = [await open(url), await open(url)];
    await blocker.query('BEGIN');
    await blocker.query('SELECT 1 FROM fast_counter_ledger FOR UPDATE');
    const results = [];
    for (const [index, store] of all.entries()) {
      results.push(store.apply(0, batch(2 + index, { new: 1, full: 1, ...unchanged })));
      await expect.poll(() => waiting(observer)).toBe(index + 1);
    }
    await blocker.query('COMMIT');
    // in whatever order they came to it
    const applied = (await Promise.all(results))
      .flatMap((result) => (result.status === 'applied' ? [result] : []))
      .toSorted((one, other) => Number(one.values.get('new')) - Number(other.values.get('new')));
    expect(applied.length).toBeGreaterThan(1);
    for (const [index, { values, leftOut }] of applied.entries()) {
      expect(values.get('new')).toBe(String(index + 1));
      expect(leftOut).toEqual(index === 0 ? [] : ['full']);
      for (const name of Object.keys(unchanged))
        expect(values.get(name)).toBe(name === 'kept' ? '5' : '0');
    }
    expect(new Map(await rows(dataSource)).get('new')).toBe(String(applied.length));
  },
);

test('a transaction whose client stands still is ended, and its batch goes to another', async () => {
  const { stores: all, dataSource, url } = await stores(1);
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const silent = new SqlCounterStore(await connect(proxy.url), NAMESPACES, 1000);
  await silent.apply(0, batch(1, { a: 1 }));
  proxy.observe((chunk, direction, connection) => {
    if (direction === 'toServer' && chunk.includes('COMMIT'))
      connection.set({ swallow: 'toServer' });
  });
  // with a removal it takes more than one statement
  const removal = batch(2, { a: -1, b: 1 }, ['a']);
  const unanswered = silent.apply(0, removal).catch((error: unknown) => error);
  expect(await unanswered).toBeInstanceOf(DatabaseUnavailableError);
  expect(await all[0]?.apply(0, removal)).toMatchObject({ status: 'applied', missing: 0 });
  expect(await rows(dataSource)).toEqual([['b', '1']]);
});

test.each([
  ['a shorter limit of the database stays', '200ms', '200ms'],
  ['a longer one gives way to half of the time that the database has', '20min', '500ms'],
  ['so does none', '0', '500ms'],
])('of waiting for locks and for its client %s', async (_, given, held) => {
  const { dataSource, url } = await stores(1);
  const limits = ['lock_timeout', 'idle_in_transaction_session_timeout'];
  const owner = await open(url);
  for (const limit of limits) {
    await owner.query(`ALTER DATABASE ${owner.database ?? ''} SET ${limit} = '${given}'`);
  }
  await dataSource.query(`
    CREATE TABLE seen (name text, lock_limit text, client_limit text);
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO seen SELECT NEW.name, ${limits.map((it) => `current_setting('${it}')`).join(', ')};
      RETURN NULL; END $$;
    CREATE TRIGGER look AFTER INSERT OR UPDATE ON fast_counter FOR EACH ROW EXECUTE FUNCTION look()`);
  const store = new SqlCounterStore(await connect(url), NAMESPACES, 1000);
  await store.seed(0, () => Promise.resolve('seeded'));
  await store.apply(0, batch(2, { one: 1 }));
  await store.apply(0, batch(3, { several: 1, zero: 0 }));
  // one statement never waits for its client
  expect(await dataSource.query('SELECT * FROM seen')).toEqual([
    { name: 'one', lock_limit: held, client_limit: given },
    { name: 'several', lock_limit: held, client_limit: held },
  ]);
});

test('partitions with names of their own insert side by side', async () => {
  const { stores: all, dataSource } = await stores(5);
  await Promise.all(
    all.map(async (store, partition) => {
      for (let seq = 1; seq <= 20; seq++) {
        const names = Array.from({ length: 20 }, (_, index) => `${partition}-${seq}-${index}`);
        const deltas = Object.fromEntries(names.reverse().map((name) => [name, 1]));
        expect(await store.apply(partition, batch(seq, deltas))).toMatchObject({
          status: 'applied',
          missing: 0,
        });
      }
    }),
  );
  expect(await rows(dataSource)).toHaveLength(5 * 20 * 20);
});

test('a batch waits for the first row in the order of names that another transaction holds', async () => {
  const { stores: all, url, dataSource } = await stores(1);
  const [store] = all;
  await store?.apply(0, batch(1, { á: 1, c: 1, b: 1, a: 1, B: 1 }));
  const [blocker, observer] = [await open(url), await open(url)];
  await blocker.query('BEGIN');
  await blocker.query(`SELECT 1 FROM fast_counter WHERE name = 'b' FOR UPDATE`);

  const applied = store?.apply(0, batch(2, { c: 1, á: 1, b: 1, B: 1, a: 1 }));
  await expect.poll(() => waiting(observer)).toBe(1);
  const { rows: free } = await observer.query<{ name: string }>(
    'SELECT name FROM fast_counter ORDER BY name FOR UPDATE SKIP LOCKED',
  );
  expect(free.map(({ name }) => name)).toEqual(['c', 'á']);

  await blocker.query('ROLLBACK');
  expect(await applied).toMatchObject({ status: 'applied' });
  expect(new Set((await rows(dataSource)).map(([, value]) => value))).toEqual(new Set(['2']));
});

test('a batch that the database rolled back for the sake of another transaction is repeated', async () => {
  const extra = { options: '-c default_transaction_isolation=repeatable\\ read' };
  const { stores: all, url, dataSource } = await stores(1, { extra });
  const [store] = all;
  await store?.apply(0, batch(1, { a: 1 }));
  const [other, observer] = [await open(url), await open(url)];
  await other.query('BEGIN');
  await other.query(`UPDATE fast_counter SET value = value + 100 WHERE name = 'a'`);
  const applied = store?.apply(0, batch(2, { a: 1 }));
  await expect.poll(() => waiting(observer)).toBe(1);
  await other.query('COMMIT');
  expect(await applied).toMatchObject({ status: 'applied', values: new Map([['a', '102']]) });
  expect(await rows(dataSource)).toEqual([['a', '102']]);
});
