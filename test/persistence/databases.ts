import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { inject, onTestFinished, vi } from 'vitest';
import pg from 'pg';
import { fastCounterEntities, upFastCounter } from '../../lib/index.js';
import type { Batch } from '../../lib/cache/counter-cache.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { createDatabase } from '../support/servers/postgres.js';

type Settings = Partial<ConstructorParameters<typeof DataSource>[0]>;

export const emptyDatabase = (): Promise<string> => createDatabase(inject('databaseUrl'));

/** A database made with a clause of `CREATE DATABASE`, for its collation. */
export async function databaseWith(clause: string): Promise<string> {
  const client = new pg.Client(inject('databaseUrl'));
  await client.connect();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ${clause}`);
  } finally {
    await client.end();
  }
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** A data source of its own with its own connections, closed when the test ends. */
export async function connect(url: string, settings: Settings = {}): Promise<DataSource> {
  const options = { type: 'postgres', url, entities: fastCounterEntities, ...settings };
  const dataSource = await new DataSource(
    options as ConstructorParameters<typeof DataSource>[0],
  ).initialize();
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

/** Runs with a query runner that is given back. */
export async function withRunner(
  dataSource: DataSource,
  run: (runner: ReturnType<DataSource['createQueryRunner']>) => Promise<void>,
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await run(runner);
  } finally {
    await runner.release();
  }
}

/** Several stores of one namespace on one fresh database, each with connections of its own. */
export async function stores(
  count: number,
  { url, ...settings }: Settings & { url?: string } = {},
): Promise<{ stores: SqlCounterStore[]; dataSource: DataSource; url: string }> {
  const where = url ?? (await emptyDatabase());
  const dataSource = await connect(where, settings);
  await withRunner(dataSource, (runner) => upFastCounter(runner));
  const others = Array.from({ length: count - 1 }, () => connect(where, settings));
  const sources = [dataSource, ...(await Promise.all(others))];
  return {
    stores: sources.map((source) => new SqlCounterStore(source, NAMESPACES)),
    dataSource,
    url: where,
  };
}

export const NAMESPACES = { counters: 'store', ledger: 'store' };

/** A batch as the cache hands it out. */
export function batch(
  seq: number,
  deltas: Readonly<Record<string, number | bigint>>,
  remove: readonly string[] = [],
): Batch {
  const entries = Object.entries(deltas).map(([name, delta]) => ({
    name,
    delta: String(delta),
    remove: remove.includes(name),
  }));
  return { seq, nonce: randomUUID(), entries };
}

export async function rows({ manager }: { manager: EntityManager }): Promise<[string, string][]> {
  const found = await manager.query<{ name: string; value: string }[]>(
    'SELECT name, value FROM fast_counter WHERE namespace = $1 ORDER BY name',
    [NAMESPACES.counters],
  );
  return found.map(({ name, value }) => [name, value]);
}

export async function ledger(
  { manager }: { manager: EntityManager },
  partition = 0,
): Promise<{ seq: string; nonce: string; left_out: string } | undefined> {
  const [found] = await manager.query<{ seq: string; nonce: string; left_out: string }[]>(
    'SELECT seq, nonce, left_out FROM fast_counter_ledger WHERE namespace = $1 AND partition = $2',
    [NAMESPACES.ledger, partition],
  );
  return found;
}

export interface SentStatement {
  text: string;
  parameters: readonly unknown[];
}

/** Notes what stores send to this database from now on, until the test ends. TypeORM's logger sees none of it. */
export function sentStatements({ driver }: DataSource): SentStatement[] {
  const { sent, stop } = listenToStatements(driver.database);
  onTestFinished(stop);
  return sent;
}

/** The same for several tests, and of any database where none is named: its caller ends it. */
export function listenToStatements(database?: string): { sent: SentStatement[]; stop: () => void } {
  const sent: SentStatement[] = [];
  const { query } = pg.Client.prototype as { query: (...given: unknown[]) => unknown };
  const spy = vi.spyOn(pg.Client.prototype, 'query') as unknown as {
    mockImplementation: (run: (this: pg.Client, ...given: unknown[]) => unknown) => void;
    mockRestore: () => void;
  };
  spy.mockImplementation(function (...given) {
    const [first] = given as [{ text: string; values?: unknown[] } | string];
    // other tests of this process may have something open yet
    const isMeant = database === undefined || this.database === database;
    // TypeORM gives a text
    if (isMeant && typeof first === 'object')
      sent.push({ text: first.text, parameters: first.values ?? [] });
    return query.apply(this, given);
  });
  return { sent, stop: () => spy.mockRestore() };
}
