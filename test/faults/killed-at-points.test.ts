import { describe, expect, test } from 'vitest';
import { partitioner } from '../../lib/words/partitioner.js';
import { drain, expectCounted } from '../support/processes/checks.js';
import { type PartitionState, partitionState } from '../support/processes/partition-state.js';
import type { Point, SignalAt } from '../support/processes/protocol.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly } from '../support/told.js';

const killed = { code: null, signal: 'SIGKILL' };

/** A producer that dies there with ten increments under way, and how many of them count. */
const ofProducers: [Point, bigint | undefined][] = [
  ['before add', undefined],
  ['after add', 10n],
  ['before enqueue', 10n],
  ['after enqueue', 10n],
];

type Where = 'claimed' | 'committed' | 'acknowledged';

/** A worker that dies there, and how far its batch has come. */
const ofWorkers: [Point, Where][] = [
  ['after claim', 'claimed'],
  ['before commit', 'claimed'],
  ['after commit', 'committed'],
  ['before acknowledge', 'committed'],
  ['after acknowledge', 'acknowledged'],
];

function whereIs({ fence, open, ledger }: PartitionState): Where | undefined {
  if (open === undefined) return ledger === fence ? 'acknowledged' : undefined;
  if (open === ledger) return 'committed';
  return open === ledger + 1 ? 'claimed' : undefined;
}

const anyOf = <Item>(items: readonly [Item, unknown][]): Item | undefined =>
  items[Math.floor(Math.random() * items.length)]?.[0];

const someTime = (point: Point | undefined, most: number): SignalAt | undefined =>
  point && { point, time: 1 + Math.floor(Math.random() * most) };

describe('a producer that is killed', () => {
  test('at any point has counted all of a call, or nothing, without anyone calling again', async () => {
    const world = await createWorld();
    const [worker, ...producers] = await Promise.all([
      world.start(),
      ...ofProducers.map(([point]) =>
        world.start({ workers: false, updateInterval: 0, signalAt: { point } }),
      ),
    ]);
    for (const [i, [point, counted]] of ofProducers.entries()) {
      const incr = producers[i]?.incr(point, { times: 10 });
      expect(await producers[i]?.ended, point).toEqual(killed);
      await incr?.catch(() => undefined);
      await expect.poll(() => world.row(point)).toBe(counted);
    }
    await worker.flush();
    const names = ofProducers.map(([point]) => point);
    const counts = ofProducers.map(([, counted]) => counted ?? 0n);
    expect(await worker.getCounts(names)).toEqual(counts);
    expect(await world.row('before add')).toBeUndefined();
    await expectExactly(world.processes, {});
  });

  test('while it sets a partition up leaves one that others count in', async () => {
    const world = await createWorld();
    const process = await world.start({ workers: false, signalAt: { point: 'after seed' } });
    await expect(process.incr('counter', { times: 10 })).rejects.toThrow('SIGKILL');
    expect(await process.ended).toEqual(killed);

    const other = await world.start();
    expect(await other.incr('counter', { times: 10 })).toMatchObject({ failed: {} });
    await other.flush();
    expect(await world.row('counter')).toBe(10n);
    expect(await other.getCount('counter')).toBe(10n);
    expect(other.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {});
  });
});

describe('a worker that is killed', () => {
  test('at any point leaves its batch to the next one, which counts it once', async () => {
    const world = await createWorld();
    const redis = await world.redis();
    const partition = partitioner(5)('counter');
    const producer = await world.start({ workers: false, updateInterval: 0 });
    for (const [point, where] of ofWorkers) {
      const worker = await world.start({ signalAt: { point } });
      await producer.incr('counter', { times: 10 });
      expect(await worker.ended, point).toEqual(killed);
      expect(whereIs(await partitionState(world, redis, partition)), point).toBe(where);
    }
    const last = await world.start();
    await drain(last);
    const total = 10n * BigInt(ofWorkers.length);
    expect(await world.row('counter')).toBe(total);
    expect(await producer.getCount('counter')).toBe(total);
    expect(last.reported('parked')).toEqual([]);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });
});

describe('several processes', () => {
  test('killed at points of their own, round after round, lose and double nothing', async () => {
    const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
    const world = await createWorld();
    const survivor = await world.start({ workers: false, updateInterval: 0 });
    await survivor.startLoad({ names, times: 3 });
    for (let round = 0; round < 2; round++) {
      const plans = [
        someTime(anyOf(ofProducers), 60),
        someTime(anyOf(ofWorkers), 20),
        someTime(anyOf(ofWorkers), 20),
      ];
      const doomed = await Promise.all(
        plans.map((signalAt) => world.start({ updateInterval: 0, signalAt })),
      );
      // one that is gone by now has done what it should
      for (const process of doomed) {
        await process.startLoad({ names, times: 5 }).catch(() => undefined);
      }
      const ends = await Promise.all(doomed.map(({ ended }) => ended));
      expect(ends, JSON.stringify(plans)).toEqual(plans.map(() => killed));
    }
    expect((await survivor.stopLoad()).failed).toEqual({});
    await expectCounted(world, await world.start(), names);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });
});
