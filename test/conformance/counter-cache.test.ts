import { setTimeout as sleep } from 'node:timers/promises';
import KeyvRedis, { createClient, createCluster } from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { type Cache, createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { inject } from 'vitest';
import { findSource, makeMemoryCache } from '../../lib/cache/cache-source.js';
import { makeRedisCache } from '../../lib/cache/redis/keyv-adapter.js';
import { createCounterCache } from '../../lib/cache/create-counter-cache.js';
import { parseRedisUrl } from '../../lib/cache/redis/clients/redis-connection.js';
import { counterUser } from '../support/servers/documented-access.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { type Backend, counterCacheConformance } from './counter-cache.conformance.js';

function backend(cache: Cache, stop: () => Promise<unknown> = () => cache.disconnect()): Backend {
  const source = findSource(cache);
  return {
    open: (settings) => createCounterCache(source, settings),
    stop: async () => {
      await stop();
    },
  };
}

/** On the Redis of all tests. */
async function redisBackend(cache: Cache): Promise<Backend> {
  const client = await createClient({ url: inject('redisUrl') }).connect();
  return {
    ...backend(cache, async () => {
      client.destroy();
      await cache.disconnect();
    }),
    command: (_, args) => client.sendCommand(args),
  };
}

counterCacheConformance({
  name: 'in memory',
  onRedis: false,
  start: () => Promise.resolve(backend(makeMemoryCache())),
});

counterCacheConformance({
  name: 'on Redis by node-redis',
  onRedis: true,
  start: () => redisBackend(makeRedisCache(parseRedisUrl(inject('redisUrl')), KeyvRedis)),
});

counterCacheConformance({
  name: 'on the second store of a cache of the user',
  onRedis: true,
  start: () => {
    const redis = new Keyv({ store: new KeyvRedis(inject('redisUrl')), namespace: 'mine' });
    return redisBackend(createCache({ stores: [new Keyv(), redis] }));
  },
});

counterCacheConformance({
  name: 'on Redis by iovalkey',
  onRedis: true,
  start: () => {
    const valkey = new KeyvValkey(inject('redisUrl'));
    return redisBackend(createCache({ stores: [new Keyv({ store: valkey })] }));
  },
});

counterCacheConformance({
  name: 'on a Redis cluster',
  onRedis: true,
  onServers: true,
  start: async () => {
    const servers = await startRedisCluster();
    const cluster = createCluster({
      rootNodes: servers.urls.map((url) => ({ url })),
      // for the nodes that it discovers
      defaults: counterUser,
    });
    const cache = createCache({ stores: [new Keyv({ store: new KeyvRedis(cluster) })] });
    const stop = async (): Promise<void> => {
      if (cluster.isOpen) cluster.destroy();
      await sleep(0);
      await servers.stop();
    };
    const admin = await createCluster({
      rootNodes: servers.urls.map((url) => ({ url })),
      defaults: counterUser,
    }).connect();
    return {
      ...backend(cache, async () => {
        admin.destroy();
        await stop();
      }),
      command: (key, args) => admin.sendCommand(key, false, args),
    };
  },
});
