import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { fastCounterEntities, upFastCounter } from '../../../lib/index.js';
import { asCounterUser, type Engine, engineOf, roleStatements } from './documented-access.js';
import { createDatabase } from './postgres.js';

/** There already, or being made by another test: of PostgreSQL and of MariaDB. */
const EXISTS = new Set(['42710', '23505', 'ER_CANNOT_USER']);

/** Makes a database with the tables, like which others are made faster than by making them again; answers its name. */
export async function makeCounterTemplate(serverUrl: string): Promise<string> {
  const name = `counters_${randomUUID().slice(0, 8)}`;
  await grantCounters(await createDatabase(serverUrl, name));
  return name;
}

/** A database of its own with the tables, on the PostgreSQL of all tests; answers the URL of its owner. */
export const createCounterDatabase = (): Promise<string> =>
  createDatabase(inject('databaseUrl'), undefined, inject('counterTemplate'));

/** Makes the tables as their owner; answers the URL of the documented role, which may only use them. */
export async function grantCounters(ownerUrl: string): Promise<string> {
  const type = engineOf(ownerUrl);
  const options = {
    ...{ type, url: ownerUrl, entities: fastCounterEntities },
    ...(type === 'mariadb' && { timezone: 'Z' }),
  };
  const dataSource = await new DataSource(options).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await upFastCounter(runner).finally(() => runner.release());
    await grant(dataSource, roleStatements(type).grants, type);
  } finally {
    await dataSource.destroy();
  }
  return asCounterUser(ownerUrl);
}

/** Lets the documented role do so much. */
export async function grant(
  owner: DataSource,
  grants: readonly string[],
  engine: Engine = 'postgres',
): Promise<void> {
  await owner.query(roleStatements(engine).create).catch((error: unknown) => {
    if (!EXISTS.has(codeOf(error))) throw error;
  });
  for (const statement of grants) await owner.query(statement);
}

const codeOf = (error: unknown): string =>
  String((error as { driverError?: { code?: unknown } }).driverError?.code);
