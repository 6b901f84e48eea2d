import { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openCounterStore } from '../../lib/database/open-counter-store.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import {
  ChangesMissedError,
  fastCounterEntities,
  InvalidArgumentError,
  upFastCounter,
} from '../../lib/index.js';
import { type CounterChanged, ChangeReader } from '../../lib/reading/changes/change-reader.js';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import { startApplication } from '../support/application.js';
import { startPostgres } from '../support/servers/postgres.js';
import { Random } from '../simulation/random.js';
import { ownSqlite, SQLITE_KINDS } from '../support/sqlite.js';
import * as mariadb from './mariadb/databases.js';
import { batch, connect, emptyDatabase, NAMESPACES, withRunner } from './databases.js';

const DATABASES: [string, () => Promise<DataSource>][] = [
  ['PostgreSQL', async () => connect(await emptyDatabase())],
  ['MariaDB', async () => mariadb.connect(await mariadb.emptyDatabase())],
  ...SQLITE_KINDS.map((kind): [string, () => Promise<DataSource>] => [
    `SQLite by ${kind}`,
    () => ownSqlite(kind, { tables: false }),
  ]),
];
const KEPT = 3_600_000;
const DAY = { window: 'day', start: Date.UTC(2026, 9, 25) } as const;

const storeOn = (dataSource: DataSource, keepChanges = KEPT, namespaces = NAMESPACES) =>
  openCounterStore(dataSource, namespaces, undefined, [], { keepChanges });

async function prepared(database: () => Promise<DataSource>) {
  const dataSource = await database();
  await withRunner(dataSource, (runner) => upFastCounter(runner));
  return { dataSource, store: storeOn(dataSource) };
}

async function all(store: CounterStore, after?: string): Promise<CounterChanged[]> {
  const told: CounterChanged[] = [];
  for await (const change of new ChangeReader(store).read(after)) told.push(change);
  return told;
}

const shown = (changes: readonly CounterChanged[]) =>
  changes.map(({ name, window, value, deleted }) =>
    [name, ...(window ? [window] : []), deleted ? 'deleted' : Number(value)].join(' '),
  );

/** A copy of the rows, kept by what is told alone. */
class Replica {
  readonly rows = new Map<string, bigint>();
  cursor: string | undefined;

  /** Takes over what is told, and stops after so many changes, as a process that is killed. */
  async read(store: CounterStore, most = Infinity): Promise<void> {
    let left = most;
    for await (const change of new ChangeReader(store).read(this.cursor)) {
      if (left-- <= 0) return;
      const key = [change.name, change.window, change.start?.getTime()].join(' ');
      if (change.deleted) this.rows.delete(key);
      else this.rows.set(key, change.value);
      this.cursor = change.cursor;
    }
  }
}

describe.each(DATABASES)('changes() on %s', (_, database) => {
  test('tells every row, and then what was changed since, by the last cursor', async () => {
    const { store, dataSource } = await prepared(database);
    // rows from before the option was there
    await storeOn(dataSource, 0).apply(
      0,
      batch(1, { early: 1, [bucketName('early', bucketSuffix(DAY))]: 1 }),
    );
    await store.seed(0, () => Promise.resolve('again'));
    await store.apply(1, batch(1, { 'ä"\\\u{10ffff}': 2 }));
    const rows = await all(store);
    expect(shown(rows)).toEqual(['early 1', 'ä"\\\u{10ffff} 2', 'early day 1']);
    expect(rows.at(-1)).toMatchObject({ window: 'day', start: new Date(DAY.start) });
    const cursor = rows.at(-1)?.cursor;
    expect(await all(store, cursor)).toEqual([]);

    await store.apply(0, batch(3, { early: 1, gone: 1 }));
    await store.apply(0, batch(4, { gone: -1 }, ['gone']));
    await store.apply(
      1,
      batch(2, { 'ä"\\\u{10ffff}': 1, [bucketName('late', bucketSuffix(DAY))]: 7 }),
    );
    const changes = await all(store, cursor);
    expect(shown(changes)).toEqual(['early 2', 'gone deleted', 'ä"\\\u{10ffff} 3', 'late day 7']);
    expect(await all(store, changes.at(-1)?.cursor)).toEqual([]);
    // what a stop between two changes of one step leaves is told again
    expect(shown(await all(store, changes[0]?.cursor))).toEqual(shown(changes));
    expect(shown(await all(store, changes[2]?.cursor))).toEqual(['ä"\\\u{10ffff} 3', 'late day 7']);
  });

  test('tells rows page by page, and goes on in the middle of them', async () => {
    const { store } = await prepared(database);
    const names = Array.from({ length: 1_100 }, (__, place) => `c${10_000 + place}`);
    for (const part of [names.slice(0, 500), names.slice(500, 1_000), names.slice(1_000)])
      await store.apply(
        0,
        batch(
          1 + names.indexOf(part[0] ?? '') / 500,
          Object.fromEntries(part.map((name) => [name, 1])),
        ),
      );
    const replica = new Replica();
    await replica.read(store, 700);
    // told with the first page, and changed meanwhile
    await store.apply(0, batch(4, { c10000: 5, new: 1, c11099: -1 }, ['c11099']));
    await replica.read(store);
    expect(replica.rows.size).toBe(1_100);
    expect([replica.rows.get('c10000  '), replica.rows.get('new  ')]).toEqual([6n, 1n]);
    expect(replica.rows.has('c11099  ')).toBe(false);
  });

  test('ends where it cannot know what was missed', async () => {
    const { store, dataSource } = await prepared(database);
    await store.apply(0, batch(1, { a: 1 }));
    const cursor = (await all(store)).at(-1)?.cursor;
    // a process without the option
    await storeOn(dataSource, 0).apply(0, batch(2, { b: 1 }));
    await expect(all(store, cursor)).rejects.toThrow(ChangesMissedError);
    await store.apply(0, batch(3, { c: 1 }));
    await expect(all(store, cursor)).rejects.toThrow(ChangesMissedError);
    const anew = (await all(store)).at(-1)?.cursor;
    expect(await all(store, anew)).toEqual([]);
    // a backup of before
    await dataSource.query('UPDATE fast_counter_ledger SET seq = 2');
    await expect(all(store, anew)).rejects.toThrow(ChangesMissedError);
    await store.apply(0, batch(4, { d: 1 }));
    await expect(all(store, anew)).rejects.toThrow(ChangesMissedError);
  });

  test('holds up no batch where somebody has emptied the other tables', async () => {
    const { store, dataSource } = await prepared(database);
    await store.apply(0, batch(1, { a: 1 }));
    await store.apply(0, batch(2, { a: 1 }));
    for (const table of ['fast_counter', 'fast_counter_ledger'])
      await dataSource.query(`DELETE FROM ${table}`);
    const cursor = (await all(store)).at(-1)?.cursor;
    expect(cursor).toBeUndefined();
    expect(await store.apply(0, batch(1, { b: 5 }))).toMatchObject({ status: 'applied' });
    const anew = await all(store);
    expect(shown(anew)).toEqual(['b 5']);
    await store.apply(0, batch(2, { c: 1 }));
    expect(shown(await all(store, anew[0]?.cursor))).toEqual(['c 1']);
  });

  test('keeps what was changed for as long as it is told to', async () => {
    const { store, dataSource } = await prepared(database);
    await store.apply(0, batch(1, { a: 1 }));
    const cursor = (await all(store)).at(-1)?.cursor;
    for (let seq = 2; seq < 64; seq++) await store.apply(0, batch(seq, { a: 1 }));
    const count = async () =>
      Number(
        (
          await dataSource.query<{ n: string }[]>('SELECT COUNT(*) AS n FROM fast_counter_change')
        )[0]?.n,
      );
    await store.apply(0, batch(64, { a: 1 }));
    expect(await count()).toBe(64);
    expect(shown(await all(store, cursor))).toEqual(['a 64', 'a 64', 'a 64', 'a 64']);
    await dataSource.query(`UPDATE fast_counter_change SET written_at = '2026-01-01 00:00:00'`);
    for (let seq = 65; seq <= 128; seq++) await store.apply(0, batch(seq, { a: 1 }));
    expect(await count()).toBe(64);
    await expect(all(store, cursor)).rejects.toThrow(ChangesMissedError);
  });

  test('has ledgers of embedded processes, also of one that has ended', async () => {
    const { store, dataSource } = await prepared(database);
    const embedded = storeOn(dataSource, KEPT, {
      counters: NAMESPACES.counters,
      ledger: `${NAMESPACES.counters}@one`,
    });
    await store.apply(0, batch(1, { a: 1 }));
    const cursor = (await all(store)).at(-1)?.cursor;
    await embedded.seed(0, () => Promise.resolve('own'));
    await embedded.apply(0, batch(2, { b: 1 }));
    await embedded.ownLedger?.remove();
    const changes = await all(store, cursor);
    expect(shown(changes)).toEqual(['b 1']);
    expect(await all(store, changes[0]?.cursor)).toEqual([]);
  });

  test('refuses what is no cursor, and says what it needs', async () => {
    const { store, dataSource } = await prepared(database);
    for (const after of ['', 'x', 'W10', Buffer.from('[[["0",1]]]').toString('base64url')])
      await expect(all(store, after)).rejects.toThrow(InvalidArgumentError);
    await expect(all(storeOn(dataSource, 0))).rejects.toThrow(/option "keepChanges"/);
  });

  test('a copy is right whoever is killed when, and however batches commit meanwhile', async () => {
    const { store } = await prepared(database);
    const random = new Random(18);
    const replica = new Replica();
    const seqs = [0, 0, 0];
    const applying = async (partition: number): Promise<void> => {
      for (let batches = 0; batches < 25; batches++) {
        const deltas = Array.from({ length: random.whole(1, 5) }, (): [string, number] => {
          const name = `p${partition}-${random.whole(1, 20)}`;
          return [
            random.chance(0.5) ? name : bucketName(name, bucketSuffix(DAY)),
            random.whole(1, 9),
          ];
        });
        const seq = ++(seqs as [number, number, number])[partition as 0];
        await store.apply(partition, batch(seq, Object.fromEntries(deltas)));
      }
    };
    const until = { done: false };
    const reading = (async () => {
      while (!until.done) await replica.read(store, random.whole(0, 12));
    })();
    await Promise.all([0, 1, 2].map(applying));
    until.done = true;
    await reading;
    await replica.read(store);
    const anew = new Replica();
    await anew.read(store);
    expect(anew.rows.size).toBeGreaterThan(60);
    expect(replica.rows).toEqual(anew.rows);
  });
});

test('a watermark on updated_at loses a row that is committed later, and changes() does not', async () => {
  const { store, dataSource } = await prepared(async () => connect(await emptyDatabase()));
  await store.apply(0, batch(1, { slow: 1 }));
  await store.apply(1, batch(1, { fast: 1 }));
  const replica = new Replica();
  await replica.read(store);
  let watermark = new Date(0);
  const byWatermark = async (): Promise<string[]> => {
    const rows = await dataSource.query<{ name: string; updated_at: Date }[]>(
      'SELECT name, updated_at FROM fast_counter WHERE updated_at > $1 ORDER BY updated_at',
      [watermark],
    );
    watermark = rows.at(-1)?.updated_at ?? watermark;
    return rows.map(({ name }) => name);
  };
  expect(await byWatermark()).toEqual(['slow', 'fast']);

  // somebody else holds the row for a while
  const holder = dataSource.createQueryRunner();
  await holder.startTransaction();
  await holder.query(`SELECT FROM fast_counter WHERE name = 'slow' FOR UPDATE`);
  const slow = store.apply(0, batch(2, { slow: 1 }));
  await expect
    .poll(() =>
      dataSource.query<unknown[]>(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`),
    )
    .toHaveLength(1);
  await store.apply(1, batch(2, { fast: 1 }));
  expect(await byWatermark()).toEqual(['fast']);
  await replica.read(store);
  await holder.rollbackTransaction();
  await holder.release();
  await slow;

  expect(await byWatermark()).toEqual([]);
  await replica.read(store);
  expect(replica.rows.get('slow  ')).toBe(2n);
});

test('changes() is told of what every method writes', async () => {
  const started = await startApplication({ keepChanges: KEPT, queue: { count: 2 } });
  onTestFinished(() => started.close());
  const { counters } = started;
  const dataSource = started.app.get(DataSource);
  await counters.incrMany(['a', 'b', 'old', 'left'].map((name) => ({ name, windows: ['day'] })));
  await counters.flush();
  let after: string | undefined;
  const told = async (): Promise<string[]> => {
    await counters.flush();
    const changes: CounterChanged[] = [];
    for await (const change of counters.changes({ after })) {
      changes.push(change);
      after = change.cursor;
    }
    return shown(changes).toSorted();
  };
  expect(await told()).toEqual(
    ['a', 'b', 'left', 'old'].flatMap((name) => [`${name} 1`, `${name} day 1`]).toSorted(),
  );
  expect(await told()).toEqual([]);
  await counters.set('a', 7);
  expect(await told()).toContain('a 7');
  await counters.delete(['left']);
  expect(await told()).toEqual(['left day deleted', 'left deleted']);
  await counters.rename('old', 'new');
  expect(new Set(await told())).toEqual(
    new Set(['new 1', 'new day 1', 'old day deleted', 'old deleted']),
  );
  await dataSource.transaction((manager) => counters.incr('b', 1, { transaction: manager }));
  expect(await told()).toContain('b 2');
});

test('a publication of the tables has each row with its value, in the order of the commits', async () => {
  const server = await startPostgres({ wal_level: 'logical' });
  onTestFinished(() => server.stop());
  const options = { type: 'postgres', url: server.url, entities: fastCounterEntities } as const;
  const dataSource = await new DataSource(options).initialize();
  onTestFinished(() => dataSource.destroy());
  await withRunner(dataSource, (runner) => upFastCounter(runner));
  await dataSource.query('CREATE PUBLICATION counts FOR TABLE fast_counter, fast_counter_bucket');
  await dataSource.query(`SELECT pg_create_logical_replication_slot('warehouse', 'pgoutput')`);
  const store = storeOn(dataSource);
  await store.apply(
    0,
    batch(1, { 'views:42': 1234, [bucketName('views:42', bucketSuffix(DAY))]: 5678 }),
  );
  await store.apply(0, batch(2, { 'views:42': -1234 }, ['views:42']));
  const messages = await dataSource.query<{ data: Buffer }[]>(
    `SELECT data FROM pg_logical_slot_get_binary_changes('warehouse', NULL, NULL, 'proto_version', '1', 'publication_names', 'counts')`,
  );
  const rows = messages
    .map(({ data }) => data.toString('latin1'))
    .filter((message) => /^[IUD]/.test(message))
    .map((message) => [message[0], /1234|5678/.exec(message)?.[0]]);
  expect(rows).toEqual([
    ['I', '1234'],
    ['I', '5678'],
    ['U', undefined],
    ['D', undefined],
  ]);
});
