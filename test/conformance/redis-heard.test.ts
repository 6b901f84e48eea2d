import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisCache, redisCommands } from '../support/redis-cache.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

const MINUTE = 60_000;

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** Two processes that were heard, of which the times may be changed. */
async function twoProcesses() {
  const { cache, key } = openRedisCache(redis.url);
  const command = await redisCommands(redis.url);
  const beat = (pid: number) =>
    cache.beat(String(pid), {
      ...{ host: 'h', pid, version: '1', persists: true, deliveredUntil: pid },
    });
  await beat(1);
  await beat(2);
  const saidBy = async (pid: number): Promise<string> =>
    String(await command('HGET', key('workers'), String(pid))).replace(/^\d+/, '');
  return {
    beat,
    /** Has it that a process was heard so many milliseconds ago. */
    heard: async (pid: number, ago: number) => {
      const said = `${Date.now() - ago}${await saidBy(pid)}`;
      await command('HSET', key('workers'), String(pid), said);
    },
    heardSince: (ago: number) =>
      command('HSET', key('state'), 'beatsSince', String(Date.now() - ago)),
    known: async () => {
      const seen = await cache.processes();
      return new Map(seen.map(({ deliveredUntil, unheardFor }) => [deliveredUntil, unheardFor]));
    },
  };
}

test('a process that says nothing for ten minutes is forgotten, where others are heard', async () => {
  const { beat, heard, heardSince, known } = await twoProcesses();
  await heardSince(60 * MINUTE);
  await heard(1, 9 * MINUTE);
  await beat(2);
  expect((await known()).get(1)).toBeGreaterThanOrEqual(9 * MINUTE);
  await heard(1, 10 * MINUTE + 1);
  await beat(2);
  expect([...(await known()).keys()]).toEqual([2]);
});

test('the ten minutes begin anew when processes are heard again, of which none was for a while', async () => {
  const { beat, heard, heardSince, known } = await twoProcesses();
  await heardSince(90 * MINUTE);
  await heard(1, 60 * MINUTE);
  await heard(2, 60 * MINUTE);
  await beat(2);
  await beat(2);
  expect((await known()).get(1)).toBeLessThan(10 * MINUTE);
  await heardSince(10 * MINUTE + 1);
  await beat(2);
  expect([...(await known()).keys()]).toEqual([2]);
});

test('a clock that is put back makes nobody forgotten', async () => {
  const { beat, heard, known } = await twoProcesses();
  await heard(1, -30 * MINUTE);
  await heard(2, -30 * MINUTE);
  await beat(2);
  const seen = await known();
  expect([...seen.keys()].sort()).toEqual([1, 2]);
  expect(seen.get(1)).toBeLessThan(MINUTE);
});
