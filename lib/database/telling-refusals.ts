import type { CounterEvents } from '../events.js';
import { reasonOf } from '../words/quote.js';
import { RefusedByDatabaseError } from './refused-by-database.error.js';

/**
 * Does what counting can do without, and comes again. That the database is away is told by what persists; that it
 * refuses this work alone, for want of a right or by a trigger, would be told by nothing: `misconfigured` says `without`,
 * what is missing, once until the work is done again. Answers whether it was refused. Never rejects.
 */
export async function tellingRefusals(
  events: CounterEvents,
  without: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    events.misconfigurations.mended(without);
    return false;
  } catch (error) {
    if (!(error instanceof RefusedByDatabaseError)) return false;
    events.misconfigurations.tell(without, `${without}: ${reasonOf(error)}`);
    return true;
  }
}
