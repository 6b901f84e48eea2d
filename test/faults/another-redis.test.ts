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
import { randomUUID } from 'node:crypto';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
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
  await expect.poll(() => noted(application)).toHaveLength(1);
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

describe('a second Redis on the same database and namespace', () => {
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
    await expect.poll(() => first.counters.incr('counter:0').then(() => true, String)).toBe(true);
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
    await expect.poll(() => parked.length).toBe(5);
    await second.close();
    const { port } = new URL(another.url);
    expect(new Set(parked)).toEqual(new Set([expect.stringMatching(`localhost of .*:${port}/0`)]));
  });
});

test('a second Redis that comes after its process is refused as well', async () => {
  const first = await start();
  await countAll(first);
  const late = await startRedis();
  onTestFinished(() => late.stop());
  await late.kill();
  const { databaseUrl, namespace } = first;
  const redis = asCounterUser(late.url);
  const second = await startApplication({ ...later, databaseUrl, namespace, redis });
  onTestFinished(() => second.close());
  await late.restart();
  const rejected = expect.poll(() =>
    second.counters.incr('counter:0').then(() => 'counted', String),
  );
  await rejected.toContain('was counted by another Redis');
  // sweeps come in between
  for (let round = 0; round < 20; round++) {
    await expect(second.counters.incr('counter:0')).rejects.toThrow(RedisMismatchError);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await first.counters.getCounts(names)).toEqual(names.map(() => 100));
});

test('an emptied Redis is none, also by two addresses', async () => {
  const server = await startRedis({ arguments: ['--appendonly', 'no', '--save', ''] });
  onTestFinished(() => server.stop());
  const first = await start({ redis: asCounterUser(server.url) });
  const proxy = await startTcpProxy(server.url);
  onTestFinished(() => proxy.stop());
  const { databaseUrl, namespace } = first;
  const redis = asCounterUser(proxy.url);
  const second = await start({ databaseUrl, namespace, redis });
  await second.counters.incr('counter:0');
  const errors: unknown[] = [];
  for (const { events } of [first, second]) {
    events.on('rejected', ({ error }) => errors.push(error));
    events.on('misconfigured', ({ message }) => errors.push(message));
  }
  await server.kill();
  await server.restart();
  for (let round = 0; round < 20; round++) {
    const counted = [first, second].map(({ counters }) => counters.incr(`counter:${round}`));
    await Promise.allSettled(counted);
  }
  const unexpected = errors.filter((error) => /another Redis|two Redis/.test(String(error)));
  expect(unexpected).toEqual([]);
});

/** A Redis whose answers to one process can be held back while it is emptied. */
function emptiedRedis(place: string, namespace: string) {
  let identity = 'identity 1';
  let held: Promise<void> | undefined;
  const redis = (isHeld: boolean) =>
    redisServer(
      {
        identity: async () => {
          const answer = identity;
          if (isHeld) await held;
          return answer;
        },
      },
      { namespace, place },
    );
  return {
    redis,
    hold(): () => void {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return release;
    },
    empty(): void {
      identity = 'identity 2';
    },
  };
}

test('an emptied Redis is none, where a process notes late who it was', async () => {
  const { dataSource } = await start();
  const namespace = randomUUID();
  const store = new SqlCounterStore(dataSource, { counters: namespace, ledger: namespace });
  const { redisNotes } = store;
  if (redisNotes === undefined) throw new Error('no notes');
  const server = emptiedRedis('redis:6379', namespace);
  const told: string[] = [];
  const [slow, quick, young] = [true, false, false].map((isHeld) => {
    const events = new CounterEvents();
    events.on('misconfigured', ({ message }) => told.push(message));
    return new WhichServer(server.redis(isHeld), redisNotes, events.misconfigurations, 0);
  }) as [WhichServer, WhichServer, WhichServer];
  const pass = () => new Promise((resolve) => setTimeout(resolve, 5));
  for (const each of [slow, quick]) await each.write();
  await pass();

  const release = server.hold();
  const late = slow.write();
  server.empty();
  for (const each of [quick, young]) await each.write();
  release();
  await late;
  for (let round = 0; round < 3; round++) {
    await pass();
    for (const each of [young, quick, slow]) await each.write();
  }
  expect(told).toEqual([]);
  expect(await redisNotes.read()).toMatchObject({ identity: 'identity 2' });
});

test.each([
  ['by two names', 'one', 'other'],
  ['by one name', 'redis:6379', 'redis:6379'],
])('two that count at the same time are told, %s', async (_, ...places) => {
  const first = await start();
  const namespace = randomUUID();
  const store = new SqlCounterStore(first.dataSource, { counters: namespace, ledger: namespace });
  const { redisNotes } = store;
  if (redisNotes === undefined) throw new Error('no notes');
  const told: string[] = [];
  const presences = places.map((place, which) => {
    const events = new CounterEvents();
    events.on('misconfigured', ({ message }) => told.push(message));
    const cache = { identity: () => Promise.resolve(`identity ${which}`) };
    const server = redisServer(cache, { namespace, place });
    return new WhichServer(server, redisNotes, events.misconfigurations, 0);
  });
  // both came at the same moment
  for (const presence of presences) await presence.write();
  for (let round = 0; round < 6; round++) {
    // the clocks of the servers tell milliseconds
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const presence of presences) await presence.note();
  }
  const [own, other] = places;
  expect(told.toSorted()).toEqual([
    expect.stringContaining(`by two Redis on one database: "${own}" and "${other}"`),
    expect.stringContaining(`by two Redis on one database: "${other}" and "${own}"`),
  ]);
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
