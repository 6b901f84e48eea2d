import type { CounterEvents } from '../events.js';
import { reasonOf } from '../words/quote.js';
import { RefusedByDatabaseError } from './refused-by-database.error.js';

/**
 * Does work that counting can do without, and that is repeated later. Where the database refuses that work alone, as a right is
 * missing, nothing else would tell: `misconfigured` tells `without`, once until the work succeeds. That the database is away
 * is told by persisting. Answers whether the work is told as refused: where the database is away, nobody knows better. Never rejects.
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
    if (!(error instanceof RefusedByDatabaseError)) {
      return events.misconfigurations.isTold(without);
    }
    events.misconfigurations.tell(without, `${without}: ${reasonOf(error)}`);
    return true;
  }
}
