import type { Mutation } from './mutations.js';
import type { RedisServer } from './redis-server.js';

/** What is in the hands of a worker is applied without a look at the ledger. */
export function leaseDecides(): Mutation {
  let served: RedisServer | undefined;
  return {
    server: (redis) => {
      served = redis;
      return redis.cache;
    },
    database: (database) => {
      const apply = database.apply.bind(database);
      database.apply = (namespaces, partition, batch) => {
        const open = served?.states.partition(partition).batch;
        const isHeld = open?.nonce === batch.nonce && open.until > Date.now();
        if (isHeld) database.forget(partition, batch);
        return apply(namespaces, partition, batch);
      };
    },
  };
}
