import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { documented } from './documented.js';
import { Duty, POLL, type Row } from './row.js';
import { NAMES } from './traffic.js';

const AWAY = {
  verdict: 'DOWN',
  codes: ['FC-NOT-ACCEPTING', 'FC-NOT-PERSISTING', 'FC-NOT-READING', 'FC-REDIS-AWAY'],
  // until it is known that Redis is away
  first: ['FC-QUEUES-FAIL'],
  fails: ['persist', 'queue', 'read', 'redis', 'write'],
  health: {
    counting: 'down FC-NOT-ACCEPTING FC-REDIS-AWAY',
    persisting: 'up FC-NOT-PERSISTING FC-REDIS-AWAY',
    intact: 'up FC-REDIS-AWAY',
  },
  log: ['FC-NOT-ACCEPTING', 'FC-NOT-PERSISTING', 'FC-NOT-READING', 'FC-QUEUES-FAIL'],
  outside: [2, 'FC-REDIS-AWAY'],
} as const satisfies Row;
const PARKED = ['FC-PARKED'] as const;
/** While a connection is made anew. */
const RECONNECTING = [...AWAY.codes, 'FC-QUEUES-FAIL'] as const;

let redis: RedisServer;
let command: (...words: string[]) => Promise<unknown>;
beforeEach(async () => {
  redis = await startRedis();
  command = await redisCommands(redis.url);
});
afterEach(async () => {
  redis.resume();
  await redis.stop();
});

/** Every partition that has increments has them in the database, and nothing is under way. */
async function rest(duty: Duty): Promise<void> {
  await duty.traffic.stop();
  await duty.operated.counters.flush();
}

/** Then users count again: what they count before that is found is parked with the rest. */
async function parked({ operated, traffic }: Duty): Promise<void> {
  await expect
    .poll(async () => (await operated.counters.status()).problems.map(({ code }) => code), POLL)
    .toContain('FC-PARKED');
  traffic.start();
}

/** All that was written before is on the replica, too: WAIT is about what its own connection has written. */
async function replicated(): Promise<void> {
  await command('SET', 'written', 'last');
  await expect.poll(() => command('WAIT', '1', '100')).toBe(1);
}

interface Parcel {
  short: string;
  counters: number;
}

describe('what is shown, and that the documented steps mend it, while Redis is', () => {
  test('stopped', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    duty.faultBegins();
    await redis.kill();
    await duty.shows({ ...AWAY, doctor: ['FC-REDIS-AWAY', 2, /ECONNREFUSED/] });
    await redis.restart();
    await duty.isGreenAgain({ while: AWAY.codes, first: AWAY.first });
  });

  test('frozen', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    duty.faultBegins();
    redis.pause();
    await duty.shows({ ...AWAY, doctor: ['FC-REDIS-AWAY', 2, /did not answer/] });
    redis.resume();
    await duty.isGreenAgain({ while: AWAY.codes, first: AWAY.first });
  });

  test('frozen until the buffer is full', async () => {
    const duty = await Duty.begin({ redis: redis.url, maxBufferedNames: 50 });
    duty.faultBegins();
    redis.pause();
    duty.traffic.crowd(Array.from({ length: 100 }, (_, i) => `crowd:${i}`));
    const codes = [...AWAY.codes, 'FC-BACKPRESSURE'] as const;
    await duty.shows({
      ...{ ...AWAY, codes, log: [...AWAY.log, 'FC-BACKPRESSURE'] },
      says: { 'FC-BACKPRESSURE': /All 50 places/ },
      health: {
        ...AWAY.health,
        counting: 'down FC-BACKPRESSURE FC-NOT-ACCEPTING FC-REDIS-AWAY',
      },
    });
    redis.resume();
    await duty.isGreenAgain({ while: codes, first: AWAY.first });
  });

  test('full', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    duty.faultBegins();
    await command('CONFIG', 'SET', 'maxmemory', '1');
    // the queues have the same Redis
    const codes = ['FC-NOT-ACCEPTING', 'FC-QUEUES-FAIL'] as const;
    await duty.shows({
      ...{ verdict: 'DOWN', codes, fails: ['queue', 'write'] },
      says: { 'FC-NOT-ACCEPTING': /OOM/, 'FC-QUEUES-FAIL': /OOM/ },
      health: { counting: 'down FC-NOT-ACCEPTING', persisting: 'up FC-QUEUES-FAIL' },
      log: codes,
      outside: [2, ...codes],
      doctor: ['FC-NOT-ACCEPTING', 2, /Redis is full/],
    });
    await command('CONFIG', 'SET', 'maxmemory', '0');
    await duty.isGreenAgain({ while: codes });
  });

  test('a replica that refuses to write, as behind a failover', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    duty.faultBegins();
    // of a primary that nobody reaches
    await command('REPLICAOF', '127.0.0.1', '1');
    const codes = ['FC-NOT-ACCEPTING', 'FC-NOT-PERSISTING', 'FC-QUEUES-FAIL'] as const;
    await duty.shows({
      ...{ verdict: 'DOWN', codes, fails: ['persist', 'queue', 'write'] },
      says: { 'FC-NOT-ACCEPTING': /READONLY/ },
      health: {
        counting: 'down FC-NOT-ACCEPTING',
        persisting: 'up FC-NOT-PERSISTING FC-QUEUES-FAIL',
      },
      log: codes,
      outside: [2, 'FC-NOT-ACCEPTING'],
      doctor: ['FC-NOT-ACCEPTING', 2, /replica/],
    });
    await command('REPLICAOF', 'NO', 'ONE');
    await duty.isGreenAgain({ while: codes });
  });

  test('wiped', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    await rest(duty);
    duty.faultBegins();
    await command('FLUSHALL');
    duty.traffic.start();
    const codes = ['FC-WIPED'] as const;
    await duty.shows({
      ...{ verdict: 'DEGRADED', codes },
      says: { 'FC-WIPED': /Redis was empty/ },
      health: { intact: 'up FC-WIPED' },
      log: codes,
      outside: [1, ...codes],
      doctor: ['FC-WIPED', 0, /redis policy/],
    });
    await duty.isGreenAgain({ while: codes, losses: codes });
  });
});

describe('what is shown, and that the documented steps mend it, when Redis', () => {
  test('was restored from an old file', async () => {
    const duty = await Duty.begin({ redis: redis.url });
    await rest(duty);
    const old = await mkdtemp(join(tmpdir(), 'fastcounter-old-'));
    onTestFinished(() => rm(old, { recursive: true, force: true }));
    // what waits in the file gets to the database, and is counted on
    duty.traffic.crowd(NAMES);
    await duty.traffic.stop();
    const [kept, file] = [join(redis.directory, 'appendonlydir'), join(old, 'appendonlydir')];
    await cp(kept, file, { recursive: true });
    await rest(duty);
    duty.traffic.crowd(NAMES);
    await rest(duty);
    duty.faultBegins();
    await redis.kill();
    await rm(kept, { recursive: true });
    await cp(file, kept, { recursive: true });
    await redis.restart();
    await parked(duty);
    await duty.shows({
      ...{ verdict: 'DEGRADED', codes: PARKED },
      first: RECONNECTING,
      says: { 'FC-PARKED': /parcels are parked/ },
      health: { intact: 'down FC-PARKED' },
      log: PARKED,
      outside: [1, ...PARKED],
    });
    await discardParked(duty);
    await duty.isGreenAgain({ while: PARKED, first: RECONNECTING });
  });

  test('failed over to a replica that lagged', async () => {
    const replication = await startTcpProxy(redis.url);
    const replica = await startRedis({
      arguments: [
        ...['--appendonly', 'yes', '--save', '', '--repl-diskless-sync-delay', '0'],
        ...['--replicaof', '127.0.0.1', String(replication.port)],
      ],
    });
    const clients = await startTcpProxy(redis.url);
    onTestFinished(async () => {
      await Promise.all([clients.stop(), replication.stop(), replica.stop()]);
    });
    // nothing is persisted before it is on the replica
    const duty = await Duty.begin({ redis: clients.url, updateInterval: 3_000 });
    await rest(duty);
    await replicated();
    duty.traffic.crowd(NAMES);
    await duty.traffic.stop();
    await replicated();
    replication.set({ swallow: 'both' });
    await rest(duty);
    duty.faultBegins();
    await (
      await redisCommands(replica.url)
    )('REPLICAOF', 'NO', 'ONE');
    clients.direct(replica.url);
    await redis.kill();
    await parked(duty);
    await duty.shows({
      ...{ verdict: 'DEGRADED', codes: PARKED },
      first: RECONNECTING,
      health: { intact: 'down FC-PARKED' },
      log: PARKED,
      outside: [1, ...PARKED],
    });
    await discardParked(duty);
    await duty.isGreenAgain({ while: PARKED, first: RECONNECTING });
  });
});

/** By the commands of the page: the rows have the counts already, which the totals show. */
async function discardParked({ operated }: Duty): Promise<void> {
  const list = await documented(operated, 'FC-PARKED', 'parked');
  expect(list.status).toBe(1);
  const folder = await mkdtemp(join(tmpdir(), 'fastcounter-parked-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const { short: id, counters } of list.data as Parcel[]) {
    const shown = await documented(operated, 'FC-PARKED', 'parked show', { id });
    expect(shown).toMatchObject({ status: 0, data: { counters } });
    const dry = await documented(operated, 'FC-PARKED', 'parked replay', { id });
    expect(dry).toMatchObject({ status: 0, data: { replayed: 0 } });
    const file = join(folder, `${id}.ndjson`);
    const done = await documented(operated, 'FC-PARKED', 'parked discard', { id, file });
    expect(done).toMatchObject({ status: 0, data: { discarded: counters } });
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(counters);
  }
}
