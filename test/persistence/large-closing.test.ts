import type { DataSource } from 'typeorm';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../../lib/index.js';
import { allClosings } from '../../lib/reading/usage/all-closings.js';
import type { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { stores as onPostgres } from './databases.js';
import { stores as onMariadb } from './mariadb/databases.js';

/** More than are copied in one statement. */
const PARTS = 45_000;
const START = Date.UTC(2026, 9, 1);

interface Opened {
  stores: SqlCounterStore[];
  dataSource: DataSource;
}

test.each<[string, () => Promise<Opened>, string]>([
  [
    'PostgreSQL',
    () => onPostgres(1),
    `SELECT 'store', 'api{t}' || i, 'month', timestamptz '2026-10-01 00:00:00Z', i, now() FROM generate_series(1, ${PARTS}) AS i`,
  ],
  [
    'MariaDB',
    () => onMariadb(1),
    `SELECT 'store', CONCAT('api{t}', seq), 'month', '2026-10-01', seq, NOW() FROM seq_1_to_${PARTS}`,
  ],
])('a window of many parts is closed with all of them, on %s', async (_, open, rows) => {
  const { stores, dataSource } = await open();
  const { closings } = stores[0] as SqlCounterStore;
  await dataSource.query(
    `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at) ${rows}`,
  );
  const closed = { name: 'api', window: 'month', start: START } as const;
  expect(await closings.close(closed, 'one', 'ann', START)).toMatchObject({ id: 'one' });
  const [kept] = await dataSource.query<{ parts: string; counted: string; held: string }[]>(
    'SELECT COUNT(*) AS parts, SUM(value) AS counted, SUM(row_value) AS held FROM fast_counter_closed',
  );
  const sum = (PARTS * (PARTS + 1)) / 2;
  expect(Object.values(kept ?? {}).map(Number)).toEqual([PARTS, sum, sum]);
  expect(await closings.number({ ...closed, name: 'api{t}777' })).toBe('777');
  expect(await closings.takeLate(closed, undefined, 10)).toEqual([]);
});

test('a range of more closed windows than are read at once is refused in words', async () => {
  const { stores, dataSource } = await onPostgres(1);
  const { closings } = stores[0] as SqlCounterStore;
  const insert = (from: number, to: number) =>
    dataSource.query(
      `INSERT INTO fast_counter_closing (namespace, name, time_window, starts_at, closed_at, closed_by, id)
       SELECT 'store', 'api', 'minute', timestamptz '2026-10-01 00:00:00Z' + make_interval(mins => i), now(), '', 'closing-' || i
         FROM generate_series(${from}, ${to}) AS i`,
    );
  await insert(1, 9999);
  const range = { window: 'minute', first: START, last: START + 60_000 * 20_000 } as const;
  expect(await allClosings(closings, 'api', range)).toHaveLength(9999);
  await insert(10_000, 10_000);
  await expect(allClosings(closings, 'api', range)).rejects.toThrow(InvalidArgumentError);
});
