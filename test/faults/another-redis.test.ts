import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { openRedisCache } from '../support/redis-cache.js';
import { CounterEvents, RedisMismatchError } from '../../lib/index.js';
import { redisServer } from '../../lib/persisting/neighbours/which-redis.js';
import { WhichServer } from '../../lib/persisting/neighbours/which-server.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { type Application, startApplication } from '../support/application.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { seed } from '../conformance/partition.js';
import { randomUUID } from 'node:crypto';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const patient = { timeout: 20_000 };
const later = { sweepInterval: 100, updateInterval: 600_000 };

let another: RedisServer;
beforeAll(async () => {
  another = await startRedis();
});
afterAll(() => another.stop());

/** Starts, and waits until the database knows by which Redis the namespace is counted. */
async function start(options: Parameters<typeof startApplication>[0] = {}): Promise<Application> {
  const application = await startApplication({ ...later, ...options });
  onTestFinished(() => application.close());
  await expect.poll(() => noted(application), patient).toHaveLength(1);
  return application;
}

const noted = ({ dataSource, namespace }: Application): Promise<unknown[]> =>
  dataSource.query(
    `SELECT * FROM fast_counter_ledger WHERE namespace = $1 AND partition = -1 AND updated_at > now() - interval '1 minute'`,
    [namespace],
  );

const outdate = ({ asOwner }: Application): Promise<void> =>
  asOwner(
    `UPDATE fast_counter_ledger SET updated_at = now() - interval '2 minutes' WHERE partition = -1`,
  );

/** Starts one with the other Redis, which the first one keeps out each time that it notes its own. */
async function comesMeanwhile(first: Application): Promise<Application> {
  for (;;) {
    await outdate(first);
    try {
      return await startApplication({ ...later, ...elsewhere(first) });
    } catch (error) {
      if (!(error instanceof RedisMismatchError)) throw error;
    }
  }
}

const countAll = ({ counters }: Application): Promise<unknown> =>
  counters.incrMany(names.map((name) => ({ name, delta: 100 })));

const elsewhere = ({ databaseUrl, namespace }: Application) => ({
  databaseUrl,
  namespace,
  redis: asCounterUser(another.url),
});

describe('a second Redis on the same database and namespace', { timeout: 60_000 }, () => {
  test('is refused at the start, by name, and takes nothing out of the first', async () => {
    const first = await start();
    await countAll(first);
    const starting = startApplication(elsewhere(first));
    await expect(starting).rejects.toThrow(RedisMismatchError);
    const { port } = new URL(another.url);
    await expect(starting).rejects.toThrow(`this process has "localhost of`);
    await expect(starting).rejects.toThrow(`:${port}/0"`);
    expect(await first.counters.getCounts(names)).toEqual(names.map(() => 100));
    await first.counters.flush();
    expect(await first.row('counter:0')).toBe(100n);
    expect((await first.counters.status()).problems).toEqual([]);
  });

  test('may take over when the first one has ended in order', async () => {
    const first = await start();
    await countAll(first);
    await first.counters.flush();
    const databaseUrl = first.databaseUrl;
    await first.close();
    const second = await start({ ...elsewhere(first), databaseUrl });
    expect(await second.counters.getCounts(names)).toEqual(names.map(() => 100));
  });

  test('by another address of the same Redis is none', async () => {
    const first = await start();
    await countAll(first);
    const proxy = await startTcpProxy(inject('redisUrl'));
    onTestFinished(() => proxy.stop());
    const { databaseUrl, namespace } = first;
    const second = await startApplication({ databaseUrl, namespace, redis: proxy.url });
    onTestFinished(() => second.close());
    expect(await second.counters.getCounts(names)).toEqual(names.map(() => 100));
  });

  test('at the place of one that was emptied is that one', async () => {
    const server = await startRedis({ arguments: ['--appendonly', 'no', '--save', ''] });
    onTestFinished(() => server.stop());
    const first = await start({ redis: asCounterUser(server.url) });
    await countAll(first);
    await first.counters.flush();
    await server.kill();
    await server.restart();
    await expect
      .poll(() => first.counters.incr('counter:0').then(() => true, String), patient)
      .toBe(true);
    const second = await startApplication({
      ...elsewhere(first),
      redis: asCounterUser(server.url),
    });
    await second.close();
  });

  test('that took over meanwhile is named where pending counts are parked', async () => {
    const first = await start();
    const parked: (string | undefined)[] = [];
    first.events.on('parked', ({ otherRedis }) => parked.push(otherRedis));
    await countAll(first);
    const second = await comesMeanwhile(first);
    await expect.poll(() => parked.length, patient).toBe(5);
    await second.close();
    const { port } = new URL(another.url);
    expect(new Set(parked)).toEqual(new Set([expect.stringMatching(`localhost of .*:${port}/0`)]));
  });
});

test('two that count at the same time are told by name', async () => {
  const first = await start();
  const { dataSource } = first;
  const namespace = randomUUID();
  const store = new SqlCounterStore(dataSource, { counters: namespace, ledger: namespace });
  const { redisNotes } = store;
  if (redisNotes === undefined) throw new Error('no notes');
  const told: string[] = [];
  const presences = [];
  for (const url of [inject('redisUrl'), another.url]) {
    const { cache } = openRedisCache(url, { namespace: randomUUID() });
    await seed(cache, 1, randomUUID());
    const events = new CounterEvents();
    events.on('misconfigured', ({ message }) => told.push(message));
    const server = redisServer(cache, { namespace, place: url });
    presences.push(new WhichServer(server, redisNotes, events.misconfigurations, 0));
  }
  for (let round = 0; round < 3; round++) for (const presence of presences) await presence.note();
  const counted = (one: string, other: string): string =>
    `Namespace "${namespace}" is counted by two Redis on one database: "${one}" and "${other}"`;
  const [own, other] = [inject('redisUrl'), another.url];
  expect(told.length).toBe(2);
  expect(told.some((message) => message.startsWith(counted(own, other)))).toBe(true);
  expect(told.some((message) => message.startsWith(counted(other, own)))).toBe(true);
});

test('a process that ends leaves the note to others that run, and the last one takes it back', async () => {
  const first = await start();
  const { databaseUrl, namespace, dataSource } = first;
  const store = new SqlCounterStore(dataSource, { counters: namespace, ledger: namespace });
  const { redisNotes } = store;
  if (redisNotes === undefined) throw new Error('no notes');
  const { cache } = openRedisCache(inject('redisUrl'), { namespace });
  const server = redisServer(cache, { namespace, place: inject('redisUrl') });
  const [one, two] = [0, 0].map(
    (interval) =>
      new WhichServer(server, redisNotes, new CounterEvents().misconfigurations, interval),
  ) as [WhichServer, WhichServer];
  for (const each of [one, two, one]) await each.note();
  await one.leave();
  await expect(startApplication(elsewhere({ ...first, databaseUrl }))).rejects.toThrow(
    RedisMismatchError,
  );
  await two.note();
  await two.note();
  await two.leave();
  expect(await noted(first)).toEqual([]);
});
