import { hostname } from 'node:os';
import { addressesOf, isCluster, isSentinels } from './redis-connection.js';
import type { RedisAddress, RedisDeployment } from './redis-connection.js';

const LOOPBACK = /^(localhost|127\..*|::1)$/;

/** Where a Redis is, in words that tell it from another one; without what is secret. */
export function placeOf(deployment: RedisDeployment): string {
  if (isSentinels(deployment)) {
    const { sentinels, name, db = 0 } = deployment;
    return `${name} of the sentinels ${inOrder(sentinels, 26_379)}/${db}`;
  }
  if (isCluster(deployment)) return `the cluster of ${inOrder(addressesOf(deployment), 6379)}`;
  return `${addressOf(deployment, 6379)}/${deployment.db ?? 0}`;
}

const inOrder = (addresses: readonly RedisAddress[], port: number): string =>
  addresses
    .map((address) => addressOf(address, port))
    .toSorted()
    .join();

function addressOf({ host = 'localhost', port }: RedisAddress, usual: number): string {
  // each machine has one of its own
  const name = LOOPBACK.test(host) ? `localhost of ${hostname()}` : host;
  return `${name}:${port ?? usual}`;
}
