import { Queue } from 'bullmq';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { parseRedisUrl } from '../../lib/cache/redis/clients/redis-connection.js';
import { CounterEvents } from '../../lib/events.js';
import { loadBullMq } from '../../lib/queue/bullmq/bullmq-package.js';
import { BullMqPlaces } from '../../lib/queue/bullmq/bullmq-places.js';
import { BullMqQueue } from '../../lib/queue/bullmq/bullmq-queue.js';
import { QueueClients } from '../../lib/queue/redis/queue-clients.js';
import {
  type Direction,
  type ProxiedConnection,
  startTcpProxy,
  type TcpProxy,
} from '../support/tcp-proxy.js';

const ended: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function proxied(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(inject('redisUrl'));
  ended.push(() => proxy.stop());
  return proxy;
}

/** A worker alone with its queue, which adds nothing. */
async function worker(url: string, drainDelay: number) {
  const namespace = `silent-${Math.random()}`;
  const clients = new QueueClients(parseRedisUrl(url));
  const settings = { namespace, clients, commandTimeout: 5000, settings: { drainDelay } };
  const places = new BullMqPlaces(['PersistCounter0'], settings, await loadBullMq());
  const nothing = { askedFor: () => Promise.resolve(undefined) };
  const queue = new BullMqQueue(places, nothing, new CounterEvents(), undefined, 200);
  ended.push(() => queue.close(1000));
  let runs = 0;
  queue.work(() => {
    runs++;
    return Promise.resolve(undefined);
  });
  const direct = parseRedisUrl(inject('redisUrl'));
  const producer = new Queue('PersistCounter0', {
    prefix: `fastcounter:{${namespace}:0}::bullmq`,
    connection: { ...direct, tls: undefined },
  });
  ended.push(() => producer.close());
  /** Resolves when a job has run; one may go to a connection that is open at the other end alone. */
  return async (): Promise<void> => {
    const before = runs;
    while (runs === before) {
      await producer.add('any', { partition: 0 });
      await expect
        .poll(() => runs, { timeout: 1000 })
        .toBeGreaterThan(before)
        .catch(() => undefined);
    }
  };
}

describe('a queue of BullMQ whose connections are open at one end alone', () => {
  test('is connected again by a worker that has nothing to add', async () => {
    const proxy = await proxied();
    const works = await worker(proxy.url, 2);
    await works();
    for (const connection of proxy.connections) connection.set({ swallow: 'both' });
    await works();
  });

  test('is connected again where the connection that waits for jobs is silent alone', async () => {
    const proxy = await proxied();
    const spokeLast = new Map<ProxiedConnection, Direction>();
    const waiting = new Set<ProxiedConnection>();
    proxy.observe((chunk, direction, connection) => {
      spokeLast.set(connection, direction);
      if (chunk.includes('bzpopmin')) waiting.add(connection);
    });
    const works = await worker(proxy.url, 2);
    await works();
    const isWaiting = (): boolean =>
      [...waiting].every((connection) => spokeLast.get(connection) === 'toServer');
    await expect.poll(isWaiting).toBe(true);
    for (const connection of waiting) connection.set({ swallow: 'both' });
    expect(proxy.connections.length).toBeGreaterThan(waiting.size);
    await works();
  });
});
