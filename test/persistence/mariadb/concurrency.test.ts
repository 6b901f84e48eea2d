import type mysql from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { DatabaseUnavailableError } from '../../../lib/index.js';
import { INT64_MAX } from '../../support/int64.js';
import { startMariadb } from '../../support/servers/mariadb.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { batch, connect, NAMESPACES, open, rows, single, stores } from './databases.js';

/** How many transactions of this database wait for another's lock. */
async function waiting(observer: mysql.Connection): Promise<number> {
  const [found] = await observer.query(
    `SELECT 1 FROM information_schema.INNODB_TRX JOIN information_schema.PROCESSLIST ON ID = trx_mysql_thread_id
      WHERE trx_state = 'LOCK WAIT' AND DB = DATABASE()`,
  );
  return (found as unknown[]).length;
}

/** InnoDB answers the same again to who asks within a tenth of a second. */
const PATIENT = { interval: 250, timeout: 30_000 };

async function deadlocks(observer: mysql.Connection): Promise<number> {
  const [found] = await observer.query(`SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'`);
  return Number((found as { Value: string }[])[0]?.Value);
}

test('two partitions from many connections end in no deadlock, even with rows in common', async () => {
  // deadlocks are counted for the whole server
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { stores: all, dataSource, url } = await stores(6, { url: await server.createDatabase() });
  const names = Array.from({ length: 60 }, (_, index) => `shared-${index}`);
  const seqs = [0, 0];
  await Promise.all(
    all.map(async (store, index) => {
      const partition = index % 2;
      for (let round = 0; round < 40; round++) {
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
  for (const name of names) expect(found.get(name)).toBe(String(applied));
  expect(await deadlocks(await open(url))).toBe(0);
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
    await blocker.query('BEGIN; SELECT 1 FROM fast_counter_ledger FOR UPDATE');
    const results = [];
    for (const [index, store] of all.entries()) {
      results.push(store.apply(0, batch(2 + index, { new: 1, full: 1, ...unchanged })));
      await expect.poll(() => waiting(observer), PATIENT).toBe(index + 1);
    }
    await blocker.query('COMMIT');
    // in whatever order they came to it
    const applied = (await Promise.all(results))
      .flatMap((result) => (result.status === 'applied' ? [result] : []))
      .toSorted((one, other) => Number(one.values.get('new')) - Number(other.values.get('new')));
    expect(applied.length).toBeGreaterThan(0);
    for (const [index, { values, leftOut }] of applied.entries()) {
      expect(values.get('new')).toBe(String(index + 1));
      expect(leftOut).toEqual(index === 0 ? [] : ['full']);
      for (const name of Object.keys(unchanged))
        expect(values.get(name)).toBe(name === 'kept' ? '5' : '0');
    }
    expect(new Map(await rows(dataSource)).get('new')).toBe(String(applied.length));
  },
);

test('a batch that is rolled back by a deadlock with others is applied again', async () => {
  const { store, url, dataSource } = await single();
  await store.apply(0, batch(1, { a: 1, b: 1 }));
  const [other, observer] = [await open(url), await open(url)];
  // the one that changed less is rolled back
  await other.query(`BEGIN; UPDATE fast_counter SET updated_at = updated_at + INTERVAL 1 SECOND WHERE name = 'b';
    INSERT INTO fast_counter SELECT 'other', seq, 1, NOW(), NOW() FROM seq_1_to_500`);
  const applied = store.apply(0, batch(2, { a: 1, b: 1 }));
  await expect.poll(() => waiting(observer), PATIENT).toBe(1);
  await other.query(`UPDATE fast_counter SET value = value + 10 WHERE name = 'a'; COMMIT`);
  expect(await applied).toMatchObject({ status: 'applied', missing: 0 });
  expect(await rows(dataSource)).toEqual([
    ['a', '12'],
    ['b', '2'],
  ]);
});

test('a batch that waits too long for a lock is given up, and changes nothing', async () => {
  const { url } = await single();
  const store = new SqlCounterStore(await connect(url), NAMESPACES, 2000);
  await store.apply(0, batch(1, { a: 1 }));
  const other = await open(url);
  await other.query(`BEGIN; UPDATE fast_counter SET value = value + 10 WHERE name = 'a'`);
  const waited = store.apply(0, batch(2, { a: 1, b: 1 })).catch((error: unknown) => error);
  expect(await waited).toBeInstanceOf(DatabaseUnavailableError);
  await other.query('COMMIT');
  expect(await store.apply(0, batch(2, { a: 1, b: 1 }))).toMatchObject({ missing: 0 });
  expect((await store.read(['a', 'b'], [])).values).toEqual(
    new Map([
      ['a', '12'],
      ['b', '1'],
    ]),
  );
});

test('a transaction whose client stands still is ended, and its batch goes to another', async () => {
  const { stores: all, dataSource, url } = await stores(1);
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const silent = new SqlCounterStore(await connect(proxy.url), NAMESPACES, 2000);
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

test('limits are put back when a connection is given back', async () => {
  const { store, dataSource } = await single({ poolSize: 1 });
  const look = () =>
    dataSource.query<unknown>(
      'SELECT @@innodb_lock_wait_timeout, @@idle_transaction_timeout, @@max_statement_time, @@tx_isolation',
    );
  const before = await look();
  await store.seed(0, () => Promise.resolve('seeded'));
  await store.apply(0, batch(2, { one: 1 }));
  await store.apply(0, batch(3, { several: 1, zero: 0 }));
  await store.expire('day', new Date(), 5, new Date());
  expect(await look()).toEqual(before);
});

test('buckets expire by one process at a time', async () => {
  const { store, url } = await single();
  const now = new Date();
  const other = new SqlCounterStore(await connect(url), NAMESPACES);
  const observer = await open(url);
  const [name] = (await observer.query(
    `SELECT CONCAT('fastcounter:', LEFT(SHA2(CONCAT(DATABASE(), ':', 'expire:${NAMESPACES.counters}'), 256), 40)) AS name`,
  )) as unknown as [{ name: string }[]];
  await observer.query('DO GET_LOCK(?, 0)', [name[0]?.name]);
  expect(await store.expire('hour', now, 5, now)).toBeUndefined();
  expect(await other.expire('hour', now, 5, now)).toBeUndefined();
  await observer.query('DO RELEASE_LOCK(?)', [name[0]?.name]);
  for (const one of [store, other, store]) expect(await one.expire('hour', now, 5, now)).toBe(0);
});

test('a server that takes no writes any more loses its connections, and counts arrive when it does', async () => {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { store, url } = await single({ url: await server.createDatabase(), poolSize: 2 });
  await store.apply(0, batch(1, { a: 1 }));
  const owner = await open(url);
  await owner.query(
    `CREATE USER app@'%' IDENTIFIED BY 'x'; GRANT ALL ON *.* TO app@'%'; REVOKE READ ONLY ADMIN, SUPER ON *.* FROM app@'%'`,
  );
  const asApp = Object.assign(new URL(url), { username: 'app', password: 'x' }).href;
  const app = new SqlCounterStore(await connect(asApp, { poolSize: 1 }), NAMESPACES);
  await app.read(['a'], [0]);
  const session = async () => {
    const [found] = await owner.query(
      `SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'app'`,
    );
    return JSON.stringify(found);
  };
  const before = await session();
  await owner.query('SET GLOBAL read_only = 1');
  await expect(app.apply(0, batch(2, { a: 1 }))).rejects.toThrow(
    /takes no writes.*read_only.*replica/,
  );
  await owner.query('SET GLOBAL read_only = 0');
  expect(await app.apply(0, batch(2, { a: 1 }))).toMatchObject({ status: 'applied' });
  expect(await session()).not.toBe(before);
});

test('a server that is killed or stands still is an outage, and counts arrive when it is back', async () => {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { url } = await single({ url: await server.createDatabase() });
  const store = new SqlCounterStore(await connect(url), NAMESPACES, 3000);
  await store.apply(0, batch(1, { a: 1 }));
  server.freeze();
  const frozen = batch(2, { a: 1 });
  await expect(store.apply(0, frozen)).rejects.toThrow('did not answer within 3000 ms');
  server.thaw();
  const again = async () =>
    (await store.apply(0, frozen).catch((error: unknown) => ({ status: String(error) }))).status;
  await expect.poll(again).toMatch(/applied|repeated/);
  await server.kill();
  await expect(store.apply(0, batch(3, { a: 1 }))).rejects.toThrow(DatabaseUnavailableError);
  await server.restart();
  expect(await store.apply(0, batch(3, { a: 1 }))).toMatchObject({ status: 'applied', missing: 0 });
  expect((await store.read(['a'], [])).values.get('a')).toBe('3');
});
