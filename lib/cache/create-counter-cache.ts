import { DEFAULT_TIMINGS, type CacheTimings } from './cache-timings.js';
import type { CacheSource } from './cache-source.js';
import type { CounterCache } from './counter-cache.js';
import { MemoryCounterCache } from './memory/memory-counter-cache.js';
import {
  DURABLE_TIMEOUT,
  type DurableClaims,
  DurableConnections,
  mustBeDurable,
} from './redis/durability.js';
import { RedisCounterCache } from './redis/redis-counter-cache.js';
import { ScriptClient } from './redis/clients/script-client.js';

export interface CounterCacheSettings {
  namespace: string;
  queues: number;
  /** @default UTC */
  timeZone?: string;
  /** Milliseconds after which Redis counts as not answering. */
  commandTimeout: number;
  timings?: Partial<CacheTimings>;
  durableClaims?: DurableClaims;
}

export function createCounterCache(
  source: CacheSource,
  {
    namespace,
    queues,
    timeZone = 'UTC',
    commandTimeout,
    timings,
    durableClaims = {},
  }: CounterCacheSettings,
): CounterCache {
  const all = { ...DEFAULT_TIMINGS, ...timings };
  if (source.kind === 'memory') {
    return new MemoryCounterCache(source.states(namespace, queues), { queues, timeZone }, all);
  }
  const client = new ScriptClient(() => source.connect(), commandTimeout);
  // an answer that waits for replicas may come later by this time
  const patience = commandTimeout + (durableClaims.timeout ?? DURABLE_TIMEOUT);
  const connect = (): ScriptClient => new ScriptClient(() => source.connect(), patience);
  const durable = mustBeDurable(durableClaims)
    ? new DurableConnections(durableClaims, connect)
    : undefined;
  // a batch stays with its worker while the claim waits
  if (durable !== undefined) all.lease += durableClaims.timeout ?? DURABLE_TIMEOUT;
  const kept = { namespace, settings: { queues, timeZone }, timings: all };
  return new RedisCounterCache(client, kept, durable);
}
