import type KeyvRedis from '@keyv/redis';
import { type Cache, createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { UnexpectedError } from '../../mismatch-errors.js';
import { reasonOf } from '../../words/quote.js';
import { makeNodeRedis } from './clients/made-clients.js';
import type { RedisDeployment } from './clients/redis-connection.js';

type Adapter = typeof KeyvRedis;

/** A cache-manager `Cache` on Redis. */
export function makeRedisCache(redis: RedisDeployment, Made: Adapter): Cache {
  const client = makeNodeRedis(redis) as ConstructorParameters<Adapter>[0];
  return createCache({ stores: [new Keyv({ store: new Made(client), useKeyPrefix: false })] });
}

/**
 * Loads `@keyv/redis`, when it is needed: where npm has put it beside an older keyv, no ES module that imports it can be loaded.
 *
 * @throws UnexpectedError with what to do
 */
export async function loadAdapter(): Promise<Adapter> {
  try {
    return (await import('@keyv/redis')).default;
  } catch (cause) {
    throw new UnexpectedError(
      `@keyv/redis cannot be loaded: ${reasonOf(cause)}. It needs keyv 5, and finds another one where npm was told ` +
        '--legacy-peer-deps: install keyv@5 in the application, or install without that flag',
      { cause },
    );
  }
}
