import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { upFastCounter } from '../../lib/index.js';
import { bucketName, bucketSuffix } from '../../lib/words/bucket-name.js';
import * as onPostgres from './databases.js';
import * as onMariadb from './mariadb/databases.js';

const { batch, NAMESPACES, withRunner } = onPostgres;

/** Of each table. With this variable it tells how long all took, as of five million. */
const { LARGE_TABLE } = process.env;
const ROWS = Number(LARGE_TABLE ?? 10_000);
const START = Date.UTC(2026, 9, 1);
const NAMES = Array.from({ length: 50 }, (_, index) => `n${index}`);

interface Kind {
  open: (url?: string) => Promise<{ dataSource: DataSource; url: string }>;
  /** Statements that fill the tables of version 1. */
  rows: readonly string[];
  /** How many wait for a table. */
  waiting: string;
  total: string;
}

const TOTAL = `FROM fast_counter WHERE namespace = 'store' AND name LIKE 'n%'`;

const POSTGRES: Kind = {
  async open(url) {
    const where = url ?? (await onPostgres.emptyDatabase());
    return { dataSource: await onPostgres.connect(where), url: where };
  },
  rows: [
    `INSERT INTO fast_counter SELECT 'store', 'row:' || i, i, now(), now() FROM generate_series(1, ${ROWS}) AS i`,
    `INSERT INTO fast_counter_bucket SELECT 'store', 'row:' || i, 'month', timestamptz '2026-10-01 00:00:00Z', i, now() FROM generate_series(1, ${ROWS}) AS i`,
  ],
  waiting: `SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND locktype = 'relation'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  total: `SELECT sum(value)::text AS total ${TOTAL}`,
};

const MARIADB: Kind = {
  async open(url) {
    const where = url ?? (await onMariadb.emptyDatabase());
    return { dataSource: await onMariadb.connect(where), url: where };
  },
  rows: [
    `INSERT INTO fast_counter SELECT 'store', CONCAT('row:', seq), seq, NOW(), NOW() FROM seq_1_to_${ROWS}`,
    `INSERT INTO fast_counter_bucket SELECT 'store', CONCAT('row:', seq), 'month', '2026-10-01', seq, NOW() FROM seq_1_to_${ROWS}`,
  ],
  waiting: `SELECT count(*) AS waiting FROM information_schema.processlist
     WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'`,
  total: `SELECT CAST(SUM(value) AS CHAR) AS total ${TOTAL}`,
};

/** Calls again and again until it is told to stop. Answers how long each call took, in milliseconds. */
function repeatedly(pause: number, call: (time: number) => Promise<unknown>) {
  const over = new AbortController();
  const took: number[] = [];
  const running = (async () => {
    for (let time = 0; !over.signal.aborted; time++) {
      const begun = performance.now();
      await call(time);
      took.push(performance.now() - begun);
      await sleep(pause);
    }
    return took;
  })();
  return {
    /** Goes on to at least so many further calls. */
    async goesOn(calls: number): Promise<void> {
      const before = took.length;
      await expect.poll(() => took.length, { interval: 10 }).toBeGreaterThan(before + calls);
    },
    stop: (): Promise<number[]> => {
      over.abort();
      return running;
    },
  };
}

describe.each([
  ['PostgreSQL', POSTGRES],
  ['MariaDB', MARIADB],
])('the migration to version 2, on %s', (name, { open, rows, waiting, total }) => {
  test('lets a process of version 1 count on: nobody waits for a table, also behind a transaction that is open', async () => {
    const { dataSource, url } = await open();
    await withRunner(dataSource, (runner) => upFastCounter(runner, { version: 1 }));
    for (const statement of rows) await dataSource.query(statement);
    const { dataSource: others } = await open(url);
    const store = new SqlCounterStore(others, NAMESPACES);
    await store.seed(0, () => Promise.resolve('seeded'));
    const day = bucketSuffix({ window: 'day', start: START });
    const deltas = Object.fromEntries(
      NAMES.flatMap((it) => [it, bucketName(it, day)]).map((it) => [it, 1]),
    );
    const counting = repeatedly(5, (time) => store.apply(0, batch(time + 2, deltas)));
    let waited = 0;
    const looking = repeatedly(10, async () => {
      const [found] = await others.query<{ waiting: string }[]>(waiting);
      waited += Number(found?.waiting);
    });
    // as a batch that takes its time
    const foreign = others.createQueryRunner();
    await foreign.startTransaction();
    for (const table of ['fast_counter', 'fast_counter_bucket']) {
      await foreign.query(
        `UPDATE ${table} SET value = value + 1 WHERE namespace = 'store' AND name = 'row:7'`,
      );
    }
    await counting.goesOn(2);
    const begun = performance.now();
    await withRunner(dataSource, async (runner) => {
      await runner.startTransaction();
      await upFastCounter(runner, { version: 2 });
      const took = performance.now() - begun;
      // of PostgreSQL all of it is not committed yet
      await Promise.all([counting.goesOn(5), looking.goesOn(5)]);
      await runner.commitTransaction();
      if (LARGE_TABLE !== undefined) console.log(`${name}: migrated in ${took.toFixed(0)} ms`);
    });
    await foreign.commitTransaction();
    await foreign.release();
    await looking.stop();
    const took = await counting.stop();
    expect(waited).toBe(0);
    const [counted] = await others.query<{ total: string }[]>(total);
    expect(Number(counted?.total)).toBe(took.length * NAMES.length);
    expect(await store.inspect([])).toEqual([]);
    if (LARGE_TABLE !== undefined) {
      const all = took.toSorted((a, b) => a - b).map((each) => each.toFixed(0));
      const [median = '', longest = ''] = [all[all.length >> 1], all.at(-1)];
      console.log(`${name}: ${all.length} batches, in ms: median ${median}, longest ${longest}`);
    }
  });
});
