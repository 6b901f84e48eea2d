import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, NAMESPACES, rows, stores } from './databases.js';

const POOL = 3;

/** A store whose pool is full of sessions that began under a setting which the database no longer has. */
async function withOldSessions(setting: string, value: string) {
  const { stores: others, url } = await stores(1);
  await others[0]?.apply(0, batch(1, { a: 1 }));
  const owner = new pg.Client(url);
  await owner.connect();
  onTestFinished(() => owner.end());
  const database = owner.escapeIdentifier(owner.database ?? '');
  await owner.query(`ALTER DATABASE ${database} SET ${setting} = ${value}`);
  const dataSource = await connect(url, { extra: { max: POOL } });
  await Promise.all(Array.from({ length: POOL }, () => dataSource.query('SELECT pg_sleep(0.05)')));
  const heal = () => owner.query(`ALTER DATABASE ${database} RESET ${setting}`);
  return { store: new SqlCounterStore(dataSource, NAMESPACES), dataSource, heal };
}

/** Tries again and again, as the sweeper does; answers the errors on the way. */
async function untilApplied(store: SqlCounterStore, value: number): Promise<string[]> {
  const errors: string[] = [];
  const next = batch(2, { a: value });
  while (errors.length < 20) {
    try {
      await store.apply(0, next);
      return errors;
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  return errors;
}

test.each([
  ['that are read-only', 'default_transaction_read_only', 'on'],
  ['that look for the tables elsewhere', 'search_path', 'nowhere'],
])('sessions %s are given up, and counts arrive over new ones', async (_, setting, value) => {
  const { store, dataSource, heal } = await withOldSessions(setting, value);
  await expect(store.apply(0, batch(2, { a: 1 }))).rejects.toThrow('The database');
  await heal();
  const errors = await untilApplied(store, 5);
  expect(errors.length).toBeLessThanOrEqual(POOL);
  expect(await rows(dataSource)).toEqual([['a', '6']]);
});

test('the error of a read-only session says so in plain words', async () => {
  const { store } = await withOldSessions('default_transaction_read_only', 'on');
  await expect(store.apply(0, batch(2, { a: 1 }))).rejects.toThrow(
    /this connection is read-only.*default_transaction_read_only.*standby/,
  );
});

test('a session over which a row was refused is kept', async () => {
  const { stores: all, dataSource } = await stores(1, { extra: { max: 1 } });
  const pid = async () =>
    (await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid'))[0]?.pid;
  const before = await pid();
  await dataSource.query(`ALTER TABLE fast_counter ADD CONSTRAINT small CHECK (value < 10)`);
  await all[0]?.apply(0, batch(1, { a: 100 })).catch(() => undefined);
  expect(await pid()).toBe(before);
});
