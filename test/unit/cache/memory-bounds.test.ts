import { describe, expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import type { PartitionState } from '../../../lib/cache/memory/state/partition-state.js';
import { add, MAX, Partition, seed } from '../../conformance/partition.js';

const QUEUES = 5;
const HOUR = 3_600_000;

/** The cache of an embedded process under a clock of our own. */
async function opened() {
  const states = new MemoryStates();
  const clock = { now: 1_000_000 };
  const cache = new MemoryCounterCache(
    states,
    { queues: QUEUES, timeZone: 'UTC' },
    DEFAULT_TIMINGS,
    () => clock.now,
  );
  const partitions = await Promise.all(
    Array.from({ length: QUEUES }, async (_, index) => {
      await seed(cache, 1, 'generation', index);
      const { generation = '' } = await cache.look(index, []);
      return new Partition(cache, index, generation);
    }),
  );
  const [p] = partitions;
  if (p === undefined) throw new Error('There is no partition');
  return { states, clock, cache, partitions, p };
}

const cachedIn = ({ bases: { younger, older } }: PartitionState): number =>
  younger.values.size + older.values.size;

/** A Map that counts the entries that are gone through. */
function counted<Key, Value>(map: Map<Key, Value>) {
  const looks = { entries: 0 };
  class Counted extends Map<Key, Value> {
    override *[Symbol.iterator]() {
      for (const entry of super.entries()) {
        looks.entries++;
        yield entry;
      }
      return undefined;
    }
  }
  return { map: new Counted(map.entries()), looks };
}

describe('the cache of an embedded process', () => {
  test('keeps a hundred thousand persisted values, the latest, however many are read', async () => {
    const { states, partitions } = await opened();
    for (let chunk = 0; chunk < 60; chunk++) {
      for (const p of partitions) {
        const names = Array.from({ length: 1000 }, (_, index) => `${chunk}:${index}`);
        await p.fill(Object.fromEntries(names.map((name) => [name, chunk])));
      }
    }
    const kept = partitions.map(({ index }) => cachedIn(states.partition(index)));
    expect(kept.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(100_000);
    for (const p of partitions) {
      expect(await p.parts('59:999')).toEqual({ base: '59' });
      expect(await p.parts('49:0')).toEqual({ base: '49' });
    }
  });

  test('keeps what is near the end of the range, whatever else is read', async () => {
    const { p } = await opened();
    await p.fill({ large: MAX });
    for (let chunk = 0; chunk < 30; chunk++) {
      const names = Array.from({ length: 1000 }, (_, index) => `${chunk}:${index}`);
      await p.fill(Object.fromEntries(names.map((name) => [name, 1])));
    }
    expect(await p.parts('large')).toEqual({});
    expect(await p.sender.outcome(add('large', 1))).toEqual({ kind: 'overflow' });
  });

  test('forgets persisted values after one to two hours, also when nobody asks for any', async () => {
    const { states, clock, cache, p } = await opened();
    await p.fill({ a: 5 });
    clock.now += HOUR;
    await cache.sweep(0);
    expect(await p.parts('a')).toEqual({ base: '5' });
    clock.now += HOUR;
    await cache.sweep(0);
    expect(await p.parts('a')).toEqual({});
    expect(cachedIn(states.partition(0))).toBe(0);
  });

  test('sweeps without going through the values that it keeps', async () => {
    const { states, cache, p } = await opened();
    await p.fill(Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${index}`, 1])));
    const { younger } = states.partition(0).bases;
    const { map, looks } = counted(younger.values);
    younger.values = map;
    await cache.sweep(0);
    expect(looks.entries).toBe(0);
  });

  test('forgets senders that fell silent a week ago, and looks at no others', async () => {
    const { states, clock, cache, p } = await opened();
    const state = states.partition(0);
    const early = Array.from({ length: 5 }, () => p.anotherSender());
    for (const sender of [p.sender, ...early]) await sender.apply(add('a'));
    clock.now += 8 * 24 * HOUR;
    for (let count = 0; count < 1000; count++) await p.anotherSender().apply(add('a'));
    await p.sender.apply(add('a'));
    const { map, looks } = counted(state.clients);
    state.clients = map;
    await cache.sweep(0);
    expect(state.clients.size).toBe(1001);
    expect(looks.entries).toBeLessThanOrEqual(6);
  });
});
