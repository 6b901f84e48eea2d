import { join } from 'node:path';
import KeyvRedis, { createCluster } from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { createCache } from 'cache-manager';
import { Cluster, Redis } from 'iovalkey';
import { Keyv } from 'keyv';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FastCounterOptions, QueueDriver } from '../../lib/index.js';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';
import { startApplication } from '../support/application.js';
import { type Certificates, makeCertificates } from '../support/servers/certificates.js';
import { counterUser } from '../support/servers/documented-access.js';
import { startRedis } from '../support/servers/redis.js';
import { startRedisCluster } from '../support/servers/redis-cluster.js';
import { startSentinel } from '../support/servers/redis-sentinels.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const HERE = '127.0.0.1';
const name = 'mymaster';
/** Of no machine: https://www.rfc-editor.org/rfc/rfc5737 */
const NOWHERE = '192.0.2.1';

/** Counts get to the database by a job, and nothing fails on the way. */
async function expectWorking(
  options: FastCounterOptions,
  driver: QueueDriver = 'bull',
): Promise<void> {
  const { counters, events, row, close } = await startApplication({
    ...options,
    queue: { driver, count: 2 },
    updateInterval: 50,
    // a job has to bring them: the sweep comes much later
    sweepInterval: 60_000,
  });
  onTestFinished(close);
  const outages: unknown[] = [];
  events.on('outage', ({ error }) => outages.push(error));
  for (const counter of ['a', 'b', 'c', 'd', 'e']) await counters.incr(counter, 5);
  for (const counter of ['a', 'b', 'c', 'd', 'e']) {
    await expect.poll(() => row(counter)).toBe(5n);
  }
  expect(outages).toEqual([]);
}

const cacheOf = (store: object): FastCounterOptions => ({
  cache: createCache({ stores: [new Keyv({ store })] }),
});

describe('TLS with an authority of its own, a server name and a client certificate', () => {
  const servername = 'redis.internal';
  let certificates: Certificates;
  let tls: { ca: string; cert: string; key: string; servername: string };
  let files: Record<'tls-cert-file' | 'tls-key-file' | 'tls-ca-cert-file', string>;

  beforeAll(async () => {
    certificates = await makeCertificates(servername);
    const file = (of: string): string => join(certificates.directory, of);
    files = {
      ...{ 'tls-cert-file': file('server.crt'), 'tls-key-file': file('server.key') },
      'tls-ca-cert-file': file('ca.crt'),
    };
    const read = (of: string): Promise<string> => certificates.read(of);
    const [ca = '', cert = '', key = ''] = await Promise.all(
      ['ca.crt', 'client.crt', 'client.key'].map(read),
    );
    tls = { ca, cert, key, servername };
  });
  afterAll(() => certificates.remove());

  const asArguments = (): string[] => [
    ...Object.entries(files).flatMap(([key, file]) => [`--${key}`, file]),
    ...['--tls-auth-clients', 'yes'],
  ];

  test('reaches all nodes of a cluster: by option, over node-redis and over iovalkey', async () => {
    const port = await freePort();
    // one node has all slots, and tells a client by TLS the port for TLS
    const further = ['--tls-port', String(port), '--tls-cluster', 'yes', ...asArguments()];
    // a node alone does not know its address, and clients would not find it
    const servers = await startRedisCluster(1, 0, [...further, '--cluster-announce-ip', HERE]);
    onTestFinished(() => servers.stop());
    const cluster = [{ host: HERE, port }];
    await expectWorking({ redis: { cluster, tls, ...counterUser } });
    await expectWorking({ redis: { cluster, tls, ...counterUser } }, 'bullmq');
    const socket = { tls: true as const, ...tls };
    const nodes = [{ socket: { host: HERE, port } }];
    const client = createCluster({ rootNodes: nodes, defaults: { socket, ...counterUser } });
    await expectWorking(cacheOf(new KeyvRedis(client)));
    const redisOptions = { tls, ...counterUser };
    const valkey = new Cluster(cluster, { redisOptions, lazyConnect: true });
    await expectWorking(cacheOf(new KeyvValkey(valkey)));
  });

  test('reaches sentinels and the primary: by option, and over iovalkey', async () => {
    const port = await freePort();
    const further = ['--tls-port', String(port), '--tls-replication', 'yes', ...asArguments()];
    const primary = await startRedis({ arguments: ['--appendonly', 'yes', ...further] });
    onTestFinished(() => primary.stop());
    const sentinelPort = await freePort();
    const lines = [
      `tls-port ${sentinelPort}`,
      ...['tls-replication yes', 'tls-auth-clients yes'],
      ...Object.entries(files).map(([key, file]) => `${key} ${file}`),
    ];
    const sentinel = await startSentinel(name, port, { quorum: 1, further: lines });
    onTestFinished(() => sentinel.stop());
    const sentinels = [{ host: HERE, port: sentinelPort }];
    await expectWorking({ redis: { sentinels, name, tls, ...counterUser } });
    await expectWorking({ redis: { sentinels, name, tls, ...counterUser } }, 'bullmq');
    const both = { tls, sentinelTLS: tls, enableTLSForSentinelMode: true };
    const valkey = new Redis({ sentinels, name, ...both, ...counterUser, lazyConnect: true });
    await expectWorking(cacheOf(new KeyvValkey(valkey)));
  });
});

describe('servers that name addresses which lead nowhere from here are found by "natMap"', () => {
  test('of a cluster: by option, over node-redis and over iovalkey', async () => {
    const servers = await startRedisCluster(1, 0, ['--cluster-announce-ip', NOWHERE]);
    onTestFinished(() => servers.stop());
    const port = Number(new URL(servers.urls[0] ?? '').port);
    const here = { host: HERE, port };
    const natMap = { [`${NOWHERE}:${port}`]: here };
    const cluster = [here];
    await expectWorking({ redis: { cluster, natMap, ...counterUser } });
    await expectWorking({ redis: { cluster, natMap, ...counterUser } }, 'bullmq');
    const client = createCluster({
      rootNodes: [{ socket: here }],
      defaults: counterUser,
      nodeAddressMap: natMap,
    });
    await expectWorking(cacheOf(new KeyvRedis(client)));
    const redisOptions = counterUser;
    const valkey = new Cluster(cluster, { natMap, redisOptions, lazyConnect: true });
    await expectWorking(cacheOf(new KeyvValkey(valkey)));
  });

  test('named by sentinels: by option, and over iovalkey', async () => {
    const primary = await startRedis();
    onTestFinished(() => primary.stop());
    const outside = await startTcpProxy(primary.url);
    onTestFinished(() => outside.stop());
    const sentinel = await startSentinel(name, primary.port, { quorum: 1 });
    onTestFinished(() => sentinel.stop());
    const sentinels = [{ host: HERE, port: sentinel.port }];
    const natMap = { [`${HERE}:${primary.port}`]: { host: HERE, port: outside.port } };
    await expectWorking({ redis: { sentinels, name, natMap, ...counterUser } });
    // the counts, and those of two queues
    expect(outside.accepted).toBeGreaterThanOrEqual(3);
    const before = outside.accepted;
    const valkey = new Redis({ sentinels, name, natMap, ...counterUser, lazyConnect: true });
    await expectWorking(cacheOf(new KeyvValkey(valkey)));
    expect(outside.accepted).toBeGreaterThanOrEqual(before + 3);
  });

  test('a map that is a function says nothing to the queues: where they are has to be said', async () => {
    const natMap = (): undefined => undefined;
    const client = createCluster({
      rootNodes: [{ socket: { host: HERE, port: 1 } }],
      nodeAddressMap: natMap,
    });
    await expect(startApplication(cacheOf(new KeyvRedis(client)))).rejects.toThrow(
      'Option "queue.redis" must be given',
    );
  });
});
