import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, Partition } from '../partition.js';

export function holds({ open, partition, onServers }: Subject): void {
  test('a batch is kept for the worker that claimed it', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed({ holder: 'first' });
    const other = await p.claim({ holder: 'second' });
    expect(other).toEqual({ status: 'held', leftFor: expect.any(Number) as number });
    expect(other.status === 'held' && other.leftFor).toBeGreaterThan(0);
    expect(await p.claimed({ holder: 'first' })).toEqual(batch);
    expect((await p.cache.sweep(p.index)).batchHeldFor).toBeGreaterThan(0);
  });

  test('a worker that does not say that it lives loses its batch', async () => {
    const p = await partition({ lease: 30 });
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed({ holder: 'first' });
    await expect.poll(() => p.claim({ holder: 'second' })).toEqual({ status: 'batch', batch });
    // then it is the other one's
    const { nonce } = batch;
    await p.cache.hold(p.index, { nonce, holder: 'second' }, 60_000);
    await p.cache.hold(p.index, { nonce, holder: 'first' }, 0);
    expect((await p.cache.sweep(p.index)).batchHeldFor).toBeGreaterThan(30_000);
  });

  test('a batch that is given up is for whoever comes first', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed({ holder: 'first' });
    await p.cache.hold(p.index, { nonce: batch.nonce, holder: 'first' }, 0);
    expect(await p.claimed({ holder: 'second' })).toEqual(batch);
    expect(await p.claim({ holder: 'first' })).toMatchObject({ status: 'held' });
  });

  test('a hold of another batch, or of another worker, changes nothing', async () => {
    const p = await partition();
    await p.cache.hold(p.index, { nonce: 'none', holder: 'first' }, 60_000);
    await p.sender.apply(add('a', 2));
    const { nonce } = await p.claimed({ holder: 'first' });
    await p.cache.hold(p.index, { nonce, holder: 'second' }, 0);
    await p.cache.hold(p.index, { nonce: `${nonce}x`, holder: 'first' }, 0);
    expect(await p.claim({ holder: 'second' })).toMatchObject({ status: 'held' });
  });

  test('what is held is acknowledged by whoever persisted it', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed({ holder: 'first' });
    await p.acknowledge(batch);
    expect(await p.claim({ holder: 'second' })).toMatchObject({ status: 'idle' });
  });

  test('one process leads, until it says otherwise', async () => {
    const cache = open();
    const leftFor = async (process: string, milliseconds = 60_000): Promise<number> =>
      (await cache.lead(process, milliseconds)).leftFor;
    expect(await leftFor('first')).toBe(0);
    expect(await leftFor('second')).toBeGreaterThan(30_000);
    expect(await leftFor('first')).toBe(0);
    expect(await leftFor('second', 0)).toBe(0);
    expect(await leftFor('second')).toBeGreaterThan(30_000);
    expect(await leftFor('first', 0)).toBe(0);
    expect(await leftFor('second')).toBe(0);
  });

  test('one process beside it is the deputy, until it leads or is not heard of', async () => {
    const cache = open();
    const isDeputy = async (process: string, milliseconds = 60_000): Promise<boolean> =>
      (await cache.lead(process, milliseconds)).isDeputy;
    expect(await isDeputy('first')).toBe(false);
    expect(await isDeputy('second')).toBe(true);
    expect(await isDeputy('third')).toBe(false);
    expect(await isDeputy('second')).toBe(true);
    await cache.lead('first', 0);
    // leads, and is followed by another
    expect(await isDeputy('second')).toBe(false);
    expect(await isDeputy('third')).toBe(true);
    expect(await isDeputy('first')).toBe(false);
  });

  test('a deputy that is not heard of is followed by another', async () => {
    const cache = open();
    await cache.lead('first', 50);
    expect(await cache.lead('second', 50)).toMatchObject({ isDeputy: true });
    const third = async (): Promise<boolean> => {
      await cache.lead('first', 50);
      return (await cache.lead('third', 50)).isDeputy;
    };
    await expect.poll(third).toBe(true);
  });

  test('the process that leads is told the fences where no partition needs a sweep', async () => {
    const p = await Partition.seeded(open({ queues: 1 }));
    const quiet = async (): Promise<readonly number[] | undefined> =>
      (await p.cache.lead('first', 60_000)).quiet;
    expect(await quiet()).toEqual([1]);
    expect((await p.cache.lead('second', 60_000)).quiet).toBeUndefined();
    await p.sender.apply(add('a', 2));
    expect(await quiet()).toBeUndefined();
    const batch = await p.claimed();
    expect(await quiet()).toBeUndefined();
    await p.acknowledge(batch);
    expect((await quiet())?.[p.index]).toBe(batch.seq);
    // a loss that nobody has told yet
    await p.cache.park(p.index, undefined, batch.seq + 9, 'gone back');
    expect(await quiet()).toBeUndefined();
    await p.join();
    await p.cache.reported(p.index, p.generation);
    expect((await quiet())?.[p.index]).toBe(batch.seq + 9);
  });

  test.skipIf(onServers)('so it is of several partitions on one server', async () => {
    const cache = open({ queues: 3 });
    const quiet = async (): Promise<readonly number[] | undefined> =>
      (await cache.lead('first', 60_000)).quiet;
    await Partition.seeded(cache, 0);
    await Partition.seeded(cache, 1);
    // one is not set up
    expect(await quiet()).toBeUndefined();
    const last = await Partition.seeded(cache, 2);
    expect(await quiet()).toEqual([1, 1, 1]);
    await last.sender.apply(add('a', 2));
    expect(await quiet()).toBeUndefined();
    await last.acknowledge(await last.claimed());
    expect(await quiet()).toEqual([1, 1, 2]);
  });

  test.runIf(onServers)('partitions on several servers are not looked at together', async () => {
    const cache = open({ queues: 3 });
    for (const index of [0, 1, 2]) await Partition.seeded(cache, index);
    expect(await cache.lead('first', 60_000)).toEqual({ leftFor: 0, isDeputy: false });
    expect(await cache.lead('first', 60_000)).toEqual({ leftFor: 0, isDeputy: false });
  });

  test('a process that leads and is not heard of is followed by another', async () => {
    const cache = open();
    const leftFor = async (process: string, milliseconds: number): Promise<number> =>
      (await cache.lead(process, milliseconds)).leftFor;
    expect(await leftFor('first', 30)).toBe(0);
    await expect.poll(() => leftFor('second', 30)).toBe(0);
    await leftFor('second', 60_000);
    expect(await leftFor('first', 60_000)).toBeGreaterThan(0);
  });
}
