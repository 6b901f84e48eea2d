import { describe, expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import * as postgres from './databases.js';
import * as mariadb from './mariadb/databases.js';

const { batch, NAMESPACES } = postgres;

/** A store with one connection, and what is between it and its database. */
async function onOneConnection(
  { stores, connect }: Pick<typeof postgres, 'stores' | 'connect'>,
  limit: number,
) {
  const { url } = await stores(1);
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
] as const)('where there is no connection, the error of %s says that', (_, database) => {
  test('all of the pool are in use, while the server answers', async () => {
    const { dataSource, fails } = await onOneConnection(database, 2000);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    onTestFinished(() => runner.release());
    expect(await fails(2)).toMatch(
      /gave no connection within 2000 ms: all 1 connections of its pool are in use, .*raise poolSize/,
    );
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
