import Bull from 'bull';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { CounterEvents } from '../../lib/events.js';
import { BullQueue } from '../../lib/queue/bull/bull-queue.js';
import { type ApplicationOptions, startApplication } from '../support/application.js';
import {
  type Direction,
  type ProxiedConnection,
  startTcpProxy,
  type TcpProxy,
} from '../support/tcp-proxy.js';

const ended: (() => Promise<unknown>)[] = [];

const events = new CounterEvents();

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function proxied(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(inject('redisUrl'));
  ended.push(() => proxy.stop());
  return proxy;
}

/** The connections that there are are open at both ends, and nothing arrives; new ones work. */
function silence(proxy: TcpProxy): void {
  for (const connection of proxy.connections) connection.set({ swallow: 'both' });
}

/** Another process sweeps, once in a minute: what is persisted before is persisted by the queue. */
async function beside(options: ApplicationOptions) {
  const shared = { sweepInterval: 60_000, updateInterval: 50, queue: { count: 1 } };
  const leader = await startApplication(shared);
  ended.push(() => leader.close());
  await leader.counters.incr('first');
  await expect.poll(() => leader.row('first')).toBe(1n);
  const { namespace, databaseUrl } = leader;
  const application = await startApplication({ ...shared, namespace, databaseUrl, ...options });
  ended.push(() => application.close());
  return application;
}

describe('a queue whose connections are open at one end alone', () => {
  test.each([
    ['a process without workers', false],
    ['a worker that does not lead', true],
  ])('is connected again by %s', async (_who, workers) => {
    const proxy = await proxied();
    const queue = { redis: proxy.url, count: 1 };
    const { counters, events, row } = await beside({ workers, queue });
    const outages: string[] = [];
    events.on('outage', ({ of, error }) => outages.push(`${of}: ${String(error)}`));
    let recoveries = 0;
    events.on('recovery', () => recoveries++);
    await counters.incr('before');
    await expect.poll(() => row('before')).toBe(1n);
    const made = proxy.accepted;
    const commands: string[] = [];
    proxy.observe((chunk, _direction, { id }) => id > made && commands.push(String(chunk)));
    silence(proxy);
    await counters.incr('after');
    await expect.poll(() => recoveries).toBe(1);
    expect(outages).toEqual([expect.stringMatching(/^queue: .*did not answer within/)]);
    if (workers) {
      await expect.poll(() => commands.join()).toContain('brpoplpush');
      expect(commands.join()).toContain('subscribe');
    } else await expect.poll(() => row('after')).toBe(1n);
  });

  /** A worker alone with its queue, which adds nothing. */
  function worker(url: string, drainDelay: number) {
    const { hostname, port } = new URL(url);
    const prefix = `silent-${Math.random()}`;
    const redis = { host: hostname, port: Number(port) };
    const bull = new Bull('PersistCounter0', { prefix, redis, settings: { drainDelay } });
    const queue = new BullQueue(
      [bull],
      { askedFor: () => Promise.resolve(undefined) },
      events,
      undefined,
      200,
    );
    ended.push(() => queue.close(1000));
    let runs = 0;
    queue.work(() => {
      runs++;
      return Promise.resolve(undefined);
    });
    const direct = new URL(inject('redisUrl'));
    const producer = new Bull('PersistCounter0', {
      prefix,
      redis: { host: direct.hostname, port: Number(direct.port) },
    });
    ended.push(() => producer.close());
    /** Resolves when a job has run; one may go to a connection that is open at the other end alone. */
    return async (): Promise<void> => {
      const before = runs;
      while (runs === before) {
        await producer.add({ partition: 0 });
        await expect
          .poll(() => runs, { timeout: 1000 })
          .toBeGreaterThan(before)
          .catch(() => undefined);
      }
    };
  }

  test('is connected again by a worker that has nothing to add', async () => {
    const proxy = await proxied();
    const works = worker(proxy.url, 120);
    await works();
    silence(proxy);
    await works();
  });

  test('is connected again where the connection that waits for jobs is silent alone', async () => {
    const proxy = await proxied();
    const spokeLast = new Map<ProxiedConnection, Direction>();
    const waiting = new Set<ProxiedConnection>();
    proxy.observe((chunk, direction, connection) => {
      spokeLast.set(connection, direction);
      if (chunk.includes('brpoplpush')) waiting.add(connection);
    });
    const works = worker(proxy.url, 2);
    await works();
    const isWaiting = (): boolean =>
      [...waiting].every((connection) => spokeLast.get(connection) === 'toServer');
    await expect.poll(isWaiting).toBe(true);
    for (const connection of waiting) connection.set({ swallow: 'both' });
    expect(proxy.connections.length).toBeGreaterThan(waiting.size);
    await works();
  });
});
