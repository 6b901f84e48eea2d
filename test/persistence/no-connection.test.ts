import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import * as postgres from './databases.js';
import * as mariadb from './mariadb/databases.js';

const { batch, NAMESPACES } = postgres;

/** A user who may have one connection, by statements of the server. */
type Limited = (name: string) => readonly string[];

const limitedBy: Readonly<Record<string, Limited>> = {
  PostgreSQL: (name) => [
    `CREATE ROLE ${name} LOGIN PASSWORD '${name}' CONNECTION LIMIT 1`,
    `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}`,
  ],
  MariaDB: (name) => [
    `CREATE USER ${name} IDENTIFIED BY '${name}' WITH MAX_USER_CONNECTIONS 1`,
    `GRANT ALL ON *.* TO ${name}`,
  ],
};

/** A store with one connection, and what is between it and its database; of a user who may have no other, where told so. */
async function onOneConnection(
  { stores, connect }: Pick<typeof postgres, 'stores' | 'connect'>,
  limit: number,
  limited?: Limited,
) {
  const { url: given, dataSource: owner } = await stores(1);
  let url = given;
  if (limited !== undefined) {
    const user = `limited_${randomUUID().slice(0, 8)}`;
    for (const statement of limited(user)) await owner.query(statement);
    url = Object.assign(new URL(url), { username: user, password: user }).href;
  }
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.stop());
  const dataSource = await connect(proxy.url, { poolSize: 1 });
  const store = new SqlCounterStore(dataSource, NAMESPACES, limit);
  await store.apply(0, batch(1, { one: 1 }));
  const fails = async (seq: number): Promise<string> =>
    store.apply(0, batch(seq, { one: 1 })).then(
      () => 'nothing failed',
      (error: unknown) => (error as Error).message,
    );
  return { dataSource, store, fails, proxy };
}

describe.each([
  ['PostgreSQL', postgres],
  ['MariaDB', mariadb],
] as const)('where there is no connection, the error of %s says that', (kind, database) => {
  test('all of the pool are in use, while the server answers', async () => {
    const { dataSource, fails } = await onOneConnection(database, 2000);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    onTestFinished(() => runner.release());
    expect(await fails(2)).toMatch(
      /gave no connection within 2000 ms: all 1 connections of its pool are in use, .*raise poolSize/,
    );
  });

  test('all of the pool are in use, however often it is told, while the server makes no other', async () => {
    const { dataSource, fails } = await onOneConnection(database, 1000, limitedBy[kind]);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    onTestFinished(() => runner.release());
    const told = [await fails(2), await fails(2), await fails(2)];
    expect(told.filter((error) => !error.includes('all 1 connections of its pool'))).toEqual([]);
  });

  test('all of the pool are in use, once the server answers again, while an attempt to connect is open yet', async () => {
    const { dataSource, store, fails, proxy } = await onOneConnection(database, 1000);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    proxy.set({ swallow: 'both' });
    expect(await fails(2)).toMatch(/it did not answer$/);
    proxy.set({ swallow: 'nothing' });
    await runner.rollbackTransaction();
    await runner.release();
    await store.apply(0, batch(2, { one: 1 }));
    const other = dataSource.createQueryRunner();
    await other.startTransaction();
    onTestFinished(() => other.release());
    expect(await fails(3)).toContain('all 1 connections of its pool are in use');
  });

  test('the server does not answer, where a pooler before it takes connections', async () => {
    const { dataSource, fails, proxy } = await onOneConnection(database, 1000);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    onTestFinished(() => runner.release());
    proxy.observe((chunk, direction, connection) => {
      if (direction === 'toServer' && chunk.includes('SELECT 1'))
        connection.set({ swallow: 'both' });
    });
    expect(await fails(2)).toMatch(/it did not answer$/);
    proxy.cut('RST');
  });

  test('the server does not answer, while it is frozen: the size of the pool changes nothing', async () => {
    const { dataSource, fails, proxy } = await onOneConnection(database, 400);
    proxy.set({ swallow: 'both' });
    // those who wait for the connection of the first, and those for whom another one is being made
    const waiting = await Promise.all([fails(2), fails(2), fails(2)]);
    const later = [await fails(2), await fails(2)];
    const errors = [...waiting, ...later];
    proxy.set({ swallow: 'nothing' });
    proxy.cut('RST');
    await dataSource.query('SELECT 1').catch(() => undefined);
    expect(
      errors.filter(
        (error) =>
          !/did not answer within 400 ms|gave no connection within 400 ms: it did not answer$/.test(
            error,
          ),
      ),
    ).toEqual([]);
    expect(errors.join()).not.toContain('poolSize');
  });
});
