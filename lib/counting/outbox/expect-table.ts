import type { Outbox } from '../../database/outbox/outbox.js';
import { InvalidOptionsError } from '../../errors.js';

/** Throws where the tables are of a version before. `needs`: who needs the outbox, and the verb. */
export async function expectTable(outbox: Pick<Outbox, 'exists'>, needs: string): Promise<void> {
  if (await outbox.exists()) return;
  throw new InvalidOptionsError(
    `${needs} the table fast_counter_outbox, of version 2 of the schema: run upFastCounter(), or fastCounterMigrations`,
  );
}
