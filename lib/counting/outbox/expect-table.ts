import { InvalidOptionsError } from '../../errors.js';

/** Throws where the tables are of a version before. `needs`: who needs the table, and the verb. */
export async function expectTable(
  of: { exists(): Promise<boolean> },
  needs: string,
  table = 'fast_counter_outbox',
): Promise<void> {
  if (await of.exists()) return;
  throw new InvalidOptionsError(
    `${needs} the table ${table}, of version 2 of the schema: run upFastCounter(), or fastCounterMigrations`,
  );
}
