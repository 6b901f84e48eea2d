import { randomUUID } from 'node:crypto';
import KeyvRedis, { createClient } from '@keyv/redis';
import { type Cache, createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { onTestFinished } from 'vitest';
import { findSource } from '../../lib/cache/cache-source.js';
import { makeRedisCache } from '../../lib/cache/redis/keyv-adapter.js';
import {
  type CounterCacheSettings,
  createCounterCache,
} from '../../lib/cache/create-counter-cache.js';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import { parseRedisUrl } from '../../lib/cache/redis/clients/redis-connection.js';

export interface RedisCache {
  cache: CounterCache;
  namespace: string;
  /** The key of partition 0 that holds this. */
  key: (part: string) => string;
}

/** A counter cache on this Redis, in a namespace of its own unless told; closed when the test ends. */
export function openRedisCache(
  url: string,
  settings: Partial<CounterCacheSettings> = {},
): RedisCache {
  const namespace = settings.namespace ?? `test-${randomUUID()}`;
  const source = findSource(makeRedisCache(parseRedisUrl(url), KeyvRedis));
  const all = { queues: 5, commandTimeout: 10_000, ...settings, namespace };
  const cache = createCounterCache(source, all);
  onTestFinished(() => cache.close());
  return { cache, namespace, key: (part) => `fastcounter:{${namespace}:0}::${part}` };
}

/** A cache-manager cache on this Redis, as users make it; disconnected when the test ends. */
export function userCache(url: string, namespace?: string): Cache {
  const keyv = new Keyv({ store: new KeyvRedis(url), namespace, useKeyPrefix: false });
  keyv.namespace = namespace;
  const cache = createCache({ stores: [keyv] });
  onTestFinished(async () => {
    await cache.disconnect();
  });
  return cache;
}

/** Sends any command; disconnected when the test ends. */
export async function redisCommands(
  url: string,
): Promise<(...words: string[]) => Promise<unknown>> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  return (...words) => client.sendCommand(words);
}

/** Every key and its type. */
export async function keyTypes(
  command: (...words: string[]) => Promise<unknown>,
): Promise<Map<string, string>> {
  const keys = (await command('KEYS', '*')) as string[];
  const types = new Map<string, string>();
  for (const key of keys.sort()) types.set(key, String(await command('TYPE', key)));
  return types;
}
