import { DatabaseMismatchError } from '../../mismatch-errors.js';
import { quote } from '../../words/quote.js';
import type { CounterStore } from '../../database/counter-store.js';
import { ageOf, type CountingServer } from './which-server.js';

/**
 * The database of a namespace. With two of them behind one Redis, each gets a part of the batches, and a total is computed by
 * the rows of one or the other.
 */
export function databaseServer(
  store: Pick<CounterStore, 'identify'>,
  namespace: string,
): CountingServer {
  return {
    subject: 'two databases',
    own: () => store.identify(),
    // not by its place: a copy at the same address, behind the original, is another database
    isOther: (noted, own) => noted.identity !== own.identity,
    refusal: (noted, own) =>
      new DatabaseMismatchError(
        `Namespace "${namespace}" was counted in another database ${ageOf(noted)} ago, ` +
          `${quote(noted.place)}; this process has ${quote(own.place)}. Of two databases, each would get a part of the counts. ` +
          'Use the same database, or another namespace or Redis. To move to another database: call flush(), stop the ' +
          'processes that use the former one, move its tables, and start this process a minute later',
      ),
    two: (own, other) =>
      `Namespace "${namespace}" is counted in two databases by one Redis: ${quote(own)} and ` +
      `${quote(other)}. Each gets a part of the counts: stop the processes of one of them`,
  };
}
