import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import KeyvRedis, { type RedisClientOptions } from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';
import { findSource } from '../../lib/cache/cache-source.js';
import { leaveIoRedis } from '../../lib/cache/redis/clients/leave-io-redis.js';
import { QueueClients } from '../../lib/queue/redis/queue-clients.js';
import { startApplication } from '../support/application.js';
import { type Certificates, makeCertificates } from '../support/servers/certificates.js';
import { counterUser } from '../support/servers/documented-access.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

// the certificate is for this name alone, and not for the address
const servername = 'redis.internal';

let certificates: Certificates;
let server: RedisServer;
let port: number;
let tls: { ca: string; cert: string; key: string; servername: string };

beforeAll(async () => {
  certificates = await makeCertificates(servername);
  const file = (name: string): string => join(certificates.directory, name);
  port = await freePort();
  server = await startRedis({
    arguments: [
      ...['--appendonly', 'yes', '--tls-port', String(port), '--tls-auth-clients', 'yes'],
      ...['--tls-cert-file', file('server.crt'), '--tls-key-file', file('server.key')],
      ...['--tls-ca-cert-file', file('ca.crt')],
    ],
  });
  const read = (name: string): Promise<string> => certificates.read(name);
  const [ca, cert, key] = await Promise.all(['ca.crt', 'client.crt', 'client.key'].map(read));
  tls = { ca: ca ?? '', cert: cert ?? '', key: key ?? '', servername };
});
afterAll(async () => {
  await server.stop();
  await certificates.remove();
});

describe('with an authority, a server name and a client certificate, counts and queues work', () => {
  const address = { host: '127.0.0.1', ...counterUser };
  test.each([
    ['by option "redis"', () => ({ redis: { ...address, port, tls } })],
    [
      'by a client of node-redis in "cache"',
      () => {
        const socket = { host: '127.0.0.1', port, tls: true, ...tls };
        const options = { socket, ...counterUser } as RedisClientOptions;
        return { cache: createCache({ stores: [new Keyv({ store: new KeyvRedis(options) })] }) };
      },
    ],
    [
      'by a client of iovalkey in "cache"',
      () => {
        const store = new KeyvValkey({ ...address, port, tls, lazyConnect: true });
        return { cache: createCache({ stores: [new Keyv({ store })] }) };
      },
    ],
  ])('%s', async (_, options) => {
    const { counters, events, row, close } = await startApplication({
      ...options(),
      updateInterval: 50,
      sweepInterval: 60_000,
    });
    onTestFinished(close);
    const outages: unknown[] = [];
    events.on('outage', ({ error }) => outages.push(error));
    await counters.incr('a', 5);
    // by a job: the sweep comes much later
    await expect.poll(() => row('a')).toBe(5n);
    expect(outages).toEqual([]);
  });

  test('and nobody comes in without the certificate, nor to a server of another name', async () => {
    const anonymous = { ca: tls.ca, servername };
    const wrongName = { ...tls, servername: 'other.internal' };
    for (const wrong of [anonymous, wrongName, { ...tls, ca: undefined }]) {
      const { counters, close } = await startApplication({
        redis: { ...address, port, tls: wrong },
        queue: { count: 1 },
        shutdownTimeout: 200,
      });
      await expect(counters.getCount('a')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      await close();
    }
  });
});

test('a shutdown in the middle of a handshake that fails does not end the process', async () => {
  const address = { host: '127.0.0.1', port };
  const wrong = [
    { ...tls, servername: 'other.internal' },
    { ...tls, ca: undefined },
  ];
  const leave = async (index: number): Promise<void> => {
    const options = { ...address, tls: wrong[index % 2] };
    const queues = new QueueClients(options);
    const client = queues.make(0, 'client');
    client.on('error', () => undefined);
    const store = new KeyvValkey({ ...options, lazyConnect: true });
    const counts = findSource(createCache({ stores: [new Keyv({ store })] }));
    const own = counts.kind === 'redis' ? counts.connect() : undefined;
    own?.on('error', () => undefined);
    own?.connect().catch(() => undefined);
    await sleep(index % 40);
    leaveIoRedis(client);
    own?.destroy();
  };
  for (let round = 0; round < 4; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => leave(index)));
  }
  // an error that nobody handles fails this run
  await sleep(200);
});
