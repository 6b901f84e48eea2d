import type { DataSource } from 'typeorm';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { findDialect } from '../../lib/database/dialects/find-dialect.js';
import type { SqlConnection } from '../../lib/database/dialects/sql-connection.js';
import { DatabaseCalls } from '../../lib/database/sql/database-calls.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { connect as connectPostgres, emptyDatabase } from './databases.js';
import { connect as connectMariadb } from './mariadb/databases.js';

/** Milliseconds: what a server answers comes before, on a busy machine too. */
const TIMEOUT = 30_000;
const LONG = { postgres: 'SELECT pg_sleep(60)', mariadb: 'SELECT SLEEP(60)' };

interface Reached {
  calls: DatabaseCalls;
  dataSource: DataSource;
  proxy: TcpProxy;
}

describe.each(['postgres', 'mariadb'] as const)('of the driver of %s', (kind) => {
  async function reach(): Promise<Reached> {
    const isPostgres = kind === 'postgres';
    const url = isPostgres
      ? await emptyDatabase()
      : await createMariadbDatabase(inject('mariadbUrl'));
    const proxy = await startTcpProxy(url);
    onTestFinished(() => proxy.stop());
    const dataSource = await (isPostgres ? connectPostgres : connectMariadb)(proxy.url);
    const calls = new DatabaseCalls(dataSource, findDialect(dataSource), TIMEOUT);
    return { calls, dataSource, proxy };
  }

  const ask = ({ calls }: Reached): Promise<unknown> =>
    calls.step((connection) => connection.query('SELECT 1'));
  const isOutage = { code: 'DATABASE_UNAVAILABLE' };

  test('a server that refuses connections is an outage', async () => {
    const reached = await reach();
    reached.proxy.cut('RST');
    await reached.proxy.stop();
    await expect(ask(reached)).rejects.toMatchObject(isOutage);
  });

  test('a connection that ends under a statement is an outage', async () => {
    const reached = await reach();
    const { calls, proxy } = reached;
    const waiting = calls.step((connection) => connection.query(LONG[kind]));
    await Promise.all([
      expect(waiting).rejects.toMatchObject(isOutage),
      expect
        .poll(
          () => {
            proxy.cut();
            return proxy.connections.length;
          },
          { timeout: TIMEOUT },
        )
        .toBe(0),
    ]);
  });

  test('a server that says nothing to a new connection is an outage', async () => {
    const reached = await reach();
    wantNewConnectionsWithin(300, reached.dataSource);
    reached.proxy.cut('RST');
    await expect.poll(() => reached.proxy.connections.length, { timeout: TIMEOUT }).toBe(0);
    reached.proxy.set({ swallow: 'both' });
    await expect(ask(reached)).rejects.toMatchObject(isOutage);
  });

  test('a connection that is closed already, and a pool that has ended, are outages', async () => {
    const reached = await reach();
    const { calls, dataSource } = reached;
    const closed = calls.step((connection) => {
      connection.abandon();
      return connection.query('SELECT 1');
    });
    await expect(closed).rejects.toMatchObject(isOutage);
    const { master, pool } = dataSource.driver as unknown as Pools;
    await new Promise<void>((resolve) => (master ?? pool)?.end(() => resolve()));
    await expect(ask(reached)).rejects.toMatchObject(isOutage);
    // there is nothing left to close
    Object.assign(dataSource, { isInitialized: false });
  });

  test('what a server says of a statement is an outage', async () => {
    const { calls } = await reach();
    const wrong = calls.step((connection) => connection.query('SELECT * FROM nowhere'));
    await expect(wrong).rejects.toMatchObject(isOutage);
  });

  test.each<[string, () => unknown]>([
    ['a plain error', () => new Error('a plug-in failed')],
    ['a RangeError', () => new RangeError('Invalid array length')],
    ['an error with the words of the driver', () => new Error('Connection terminated')],
    ['an error with the code of a network', () => withCode('ECONNREFUSED')],
    ['no error at all', () => 'nonsense'],
  ])('%s that the program throws is none, in a statement and in a transaction', async (_, make) => {
    const { calls } = await reach();
    const cause = make();
    const fail = async (connection: SqlConnection): Promise<never> => {
      await connection.query('SELECT 1');
      throw cause;
    };
    const expected = { code: 'UNEXPECTED', cause };
    await expect(calls.step(fail)).rejects.toMatchObject(expected);
    await expect(calls.transaction(fail)).rejects.toMatchObject(expected);
    expect(await calls.step((connection) => connection.query('SELECT 1'))).toHaveLength(1);
  });
});

/** What TypeORM's drivers keep: `master` is a pool of pg, `pool` one of mysql2. */
interface Pools {
  readonly master?: Ending & { readonly options: { connectionTimeoutMillis: number } };
  readonly pool?: Ending & {
    readonly config: { readonly connectionConfig: { connectTimeout: number } };
  };
}

interface Ending {
  end(done: () => void): void;
}

/** From now on: the connections of the start may take as long as a busy machine needs. */
function wantNewConnectionsWithin(milliseconds: number, { driver }: DataSource): void {
  const { master, pool } = driver as unknown as Pools;
  if (master) master.options.connectionTimeoutMillis = milliseconds;
  if (pool) pool.config.connectionConfig.connectTimeout = milliseconds;
}

const withCode = (code: string): Error => Object.assign(new Error('not of the network'), { code });
