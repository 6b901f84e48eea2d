import KeyvValkey from '@keyv/valkey';
import { createCache } from 'cache-manager';
import { Cluster } from 'iovalkey';
import { Keyv } from 'keyv';

/**
 * A cache of a user, whose client is iovalkey.
 *
 * @param {import('nestjs-fastcounter').FastCounterOptions['redis']} redis
 */
export function valkeyCache(redis) {
  const store = new KeyvValkey(redis.cluster ? clusterOf(redis) : clientOf(redis));
  const keyv = new Keyv({ store });
  keyv.on('error', () => undefined);
  return createCache({ stores: [keyv] });
}

// nobody uses the client itself, so nobody closes it
const clientOf = (redis) => (typeof redis === 'string' ? redis : { ...redis, lazyConnect: true });

function clusterOf({ cluster, ...redisOptions }) {
  const client = new Cluster(cluster, { redisOptions, lazyConnect: true });
  client.on('error', () => undefined);
  return client;
}
