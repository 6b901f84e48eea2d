import { InvalidOptionsError } from '../../../errors.js';
import { isSentinels } from './redis-connection.js';
import { duplicateIoRedis, isIoRedis } from './io-redis.js';
import { madeFrom } from './made-clients.js';
import {
  clusterConnections,
  duplicateSingle,
  isNodeRedis,
  isNodeRedisCluster,
} from './node-redis.js';
import type { RedisClient } from './script-client.js';
import { SentinelConnection } from './sentinel-connection.js';

/** How to make a second connection with this client's settings; undefined if it cannot run scripts. */
export function ownConnection(client: object): (() => RedisClient) | undefined {
  const deployment = madeFrom(client);
  if (deployment !== undefined && isSentinels(deployment)) {
    return () => new SentinelConnection(deployment);
  }
  if ('getSentinelNode' in client) {
    throw new InvalidOptionsError(
      'Option "cache" holds a sentinel client of node-redis, which cannot be duplicated: give "redis" instead, as ' +
        '{ sentinels, name }, or a client of @keyv/valkey in "cache"',
    );
  }
  if (isNodeRedisCluster(client)) return clusterConnections(client);
  if (isNodeRedis(client)) return () => duplicateSingle(client);
  if (isIoRedis(client)) return () => duplicateIoRedis(client);
  return undefined;
}
