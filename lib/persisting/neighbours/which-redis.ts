import type { CounterCache } from '../../cache/counter-cache.js';
import { RedisMismatchError } from '../../mismatch-errors.js';
import { quote } from '../../words/quote.js';
import { ageOf, type CountingServer } from './which-server.js';

/**
 * The Redis of a namespace. With two of them on one database, each parks its pending counts again and again, as the ledger
 * has batches of the other. A Redis is the same one by its identity, whatever its address is, or by its place, as a Redis that
 * was emptied has another identity.
 */
export function redisServer(
  cache: Pick<CounterCache, 'identity'>,
  { namespace, place }: { namespace: string; place: string },
): CountingServer {
  return {
    subject: 'two Redis',
    own: async (proposed) => ({ identity: await cache.identity(proposed), place }),
    isOther: (noted, own) => noted.place !== place && noted.identity !== own.identity,
    refusal: (noted) =>
      new RedisMismatchError(
        `Namespace "${namespace}" was counted by another Redis ${ageOf(noted)} ago, ` +
          `${quote(noted.place)}; this process has ${quote(place)}. Two Redis for one namespace take pending counts out of ` +
          'each other. Use the same Redis, or another namespace or database. To move to another Redis: call flush(), ' +
          'stop the processes that use the former one, and start this process a minute later',
      ),
    two: (own, other) =>
      `Namespace "${namespace}" is counted by two Redis on one database: ${quote(own)} and ` +
      `${quote(other)}. They take pending counts out of each other: stop the processes of one of them`,
  };
}
