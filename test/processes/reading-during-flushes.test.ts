import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type RedisClient, type World } from '../support/processes/world.js';

const FLUSHES = 100;
const many = (prefix: string): string[] => Array.from({ length: 12 }, (_, i) => `${prefix}:${i}`);

interface Reading {
  names: string[];
  oneByOne: boolean;
  /** Drops the cached bases now and then, so that reads go to the table. */
  cold: boolean;
}

const readings: [string, Reading][] = [
  ['a counter', { names: ['warm'], oneByOne: true, cold: false }],
  ['a counter whose base is not cached', { names: ['cold'], oneByOne: true, cold: true }],
  ['many counters at once', { names: many('warm'), oneByOne: false, cold: false }],
  [
    'many counters whose bases are not cached',
    { names: many('cold'), oneByOne: false, cold: true },
  ],
];

describe('a reader in a process of its own, through a hundred flushes', () => {
  let world: World;
  let redis: RedisClient;
  let reader: CountingProcess;
  let flusher: CountingProcess;
  let producers: CountingProcess[];

  beforeAll(async () => {
    world = await openWorld();
    redis = await world.redis();
    const producer = { workers: false, updateInterval: 60_000 };
    [reader, flusher, ...producers] = await Promise.all([
      world.start({ workers: false }),
      world.start(),
      world.start(producer),
      world.start(producer),
    ]);
    return world.end;
  });

  test.each(readings)('sees %s never go down, fall behind or double', async (_, reading) => {
    const { names, oneByOne, cold } = reading;
    for (const producer of producers) await producer.startLoad({ names, times: 3 });
    await reader.startWatch({ names, oneByOne });
    for (let flush = 0; flush < FLUSHES; flush++) {
      const flushed = flusher.flush();
      if (cold) await dropBases(world, redis);
      await flushed;
    }
    for (const producer of producers) await producer.stopLoad();
    await sleep(20);
    const { reads, ...violations } = await reader.stopWatch();

    expect(violations).toEqual({ violations: 0, told: [] });
    expect(reads).toBeGreaterThan(20);
    await flusher.flush();
    for (const name of names) {
      const { acknowledged } = await world.tally(name);
      expect(acknowledged).toBeGreaterThan(0n);
      expect(await world.row(name)).toBe(acknowledged);
    }
  });
});

async function dropBases({ namespace }: World, redis: RedisClient): Promise<void> {
  const bases = await redis.keys(`fastcounter:{${namespace}:*}::*bases`);
  if (bases.length > 0) await redis.del(bases);
}
