import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../../errors.js';

const locks = new WeakMap<DataSource, Map<string, Promise<void>>>();

/**
 * Runs alone among those of a data source with the same key: seeding waits for Redis between reading the ledger and writing
 * it, and SQLite has no lock that leaves the rest of the database free meanwhile.
 */
export async function locked<Answer>(
  dataSource: DataSource,
  key: string,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const all = locks.get(dataSource) ?? new Map<string, Promise<void>>();
  locks.set(dataSource, all);
  const before = all.get(key);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  all.set(key, held);
  try {
    await before;
    return await run();
  } finally {
    if (all.get(key) === held) all.delete(key);
    release();
  }
}

export const changedMeanwhile = (partition: number): DatabaseUnavailableError =>
  new DatabaseUnavailableError(
    `The ledger of partition ${partition} was changed by another process while this one set it up`,
  );
