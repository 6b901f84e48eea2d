import type pg from 'pg';
import { DataSource } from 'typeorm';
import { fastCounterEntities, upFastCounter } from '../../../lib/index.js';
import { asCounterUser, roleStatements } from './documented-access.js';

/** There already, or being made by another test. */
const EXISTS = new Set(['42710', '23505']);

/** Makes the tables as their owner; answers the URL of the documented role, which may only use them. */
export async function grantCounters(ownerUrl: string): Promise<string> {
  const dataSource = await new DataSource({
    type: 'postgres',
    url: ownerUrl,
    entities: fastCounterEntities,
  }).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await upFastCounter(runner).finally(() => runner.release());
    await grant(dataSource, roleStatements().grants);
  } finally {
    await dataSource.destroy();
  }
  return asCounterUser(ownerUrl);
}

/** Lets the documented role do so much. */
export async function grant(owner: DataSource, grants: readonly string[]): Promise<void> {
  await owner.query(roleStatements().create).catch((error: unknown) => {
    if (!EXISTS.has(codeOf(error))) throw error;
  });
  for (const statement of grants) await owner.query(statement);
}

const codeOf = (error: unknown): string =>
  String((error as { driverError?: Partial<pg.DatabaseError> }).driverError?.code);
