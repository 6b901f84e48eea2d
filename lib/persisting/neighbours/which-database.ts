import { DatabaseMismatchError } from '../../mismatch-errors.js';
import { quote } from '../../words/quote.js';
import type { CounterStore } from '../../database/counter-store.js';
import { ageOf, type CountingServer } from './which-server.js';

/**
 * The database of a namespace. Where two are behind one Redis, each gets a part of the batches, and totals are computed from
 * the rows of one or the other.
 */
export function databaseServer(
  store: Pick<CounterStore, 'identify'>,
  namespace: string,
): CountingServer {
  return {
    subject: 'two databases',
    own: () => store.identify(),
    // where one was, another one is none: it may be a copy that is behind
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
