import { createCache, type Cache as CacheManagerCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { InvalidOptionsError } from '../errors.js';
import { concealed, type RedisDeployment } from './redis/clients/redis-connection.js';
import { forgetStates, type MemoryStates, statesOf } from './memory/state/memory-states.js';
import { deploymentOf } from './redis/clients/deployment-of.js';
import { ownConnection } from './redis/clients/own-connection.js';
import type { RedisClient } from './redis/clients/script-client.js';

export type { CacheManagerCache };

/** Keyv's adapters for the memory of the process, beside a Map. */
const IN_MEMORY = new Set([
  'KeyvCacheableMemory',
  'CacheableMemory',
  'LRUCache',
  'QuickLRU',
  'BigMap',
]);

/** Where the shared state lives: in Redis, or in this process. */
export type CacheSource =
  | {
      kind: 'redis';
      /** Makes a connection of our own; the borrowed client is never used or closed. */
      connect(): RedisClient;
      /** Unknown for what has no host, such as a Unix socket. */
      deployment?: RedisDeployment;
    }
  | {
      kind: 'memory';
      states: (namespace: string, queues: number) => MemoryStates;
      /**
       * Forgets the counts of a namespace, and answers true, when nobody else can have come to them: in a store that was
       * made for this source, and given to no other one. Otherwise it does nothing.
       */
      release: (namespace: string, queues: number) => boolean;
    };

/** Stores that `makeMemoryCache()` made, with the number of sources that found each. */
const madeHere = new WeakMap<object, number>();

/** A cache-manager `Cache` in the memory of the process. */
export function makeMemoryCache(): CacheManagerCache {
  const store = new Map<string, unknown>();
  madeHere.set(store, 0);
  return createCache({ stores: [new Keyv({ store })] });
}

/** The first store whose client can run scripts; else the process's memory, if that is all there is. */
export function findSource(cache: CacheManagerCache): CacheSource {
  const adapters = cache.stores.map((store) => store.store as unknown);
  for (const adapter of adapters) {
    const client = clientOf(adapter);
    const connect = client && ownConnection(client);
    if (connect) {
      const deployment = deploymentOf(client);
      return { kind: 'redis', connect, deployment: deployment && concealed(deployment) };
    }
  }
  const foreign = adapters.find((adapter) => !isInMemory(adapter));
  if (foreign !== undefined || adapters.length === 0) {
    throw new InvalidOptionsError(
      `Option "cache" must hold a Redis or Valkey store, or only in-memory stores. It holds ${nameOf(foreign)}, which cannot add atomically across processes: counts would be lost`,
    );
  }
  const [store] = adapters as [object];
  const found = madeHere.get(store);
  if (found !== undefined) madeHere.set(store, found + 1);
  return {
    kind: 'memory',
    states: (namespace, queues) => statesOf(store, namespace, queues),
    release: (namespace, queues) => {
      if (madeHere.get(store) !== 1) return false;
      forgetStates(store, namespace, queues);
      return true;
    },
  };
}

function clientOf(adapter: unknown): object | undefined {
  if (typeof adapter !== 'object' || adapter === null) return undefined;
  // @keyv/redis calls it client, @keyv/valkey redis
  const { client, redis } = adapter as { client?: unknown; redis?: unknown };
  const found = client ?? redis;
  return typeof found === 'object' && found !== null ? found : undefined;
}

function isInMemory(adapter: unknown): boolean {
  return adapter instanceof Map || IN_MEMORY.has(nameOf(adapter));
}

function nameOf(adapter: unknown): string {
  if (typeof adapter !== 'object' || adapter === null) return 'no store';
  const { constructor } = adapter as { constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'an object without a class';
}
