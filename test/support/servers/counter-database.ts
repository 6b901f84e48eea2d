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
    const { create, grants } = roleStatements();
    await dataSource.query(create).catch((error: unknown) => {
      if (!EXISTS.has(codeOf(error))) throw error;
    });
    for (const grant of grants) await dataSource.query(grant);
  } finally {
    await dataSource.destroy();
  }
  return asCounterUser(ownerUrl);
}

const codeOf = (error: unknown): string =>
  String((error as { driverError?: Partial<pg.DatabaseError> }).driverError?.code);
