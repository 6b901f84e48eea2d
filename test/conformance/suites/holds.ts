import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add } from '../partition.js';

export function holds({ open, partition }: Subject): void {
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
    expect(await cache.lead('first', 60_000)).toBe(0);
    expect(await cache.lead('second', 60_000)).toBeGreaterThan(30_000);
    expect(await cache.lead('first', 60_000)).toBe(0);
    expect(await cache.lead('second', 0)).toBe(0);
    expect(await cache.lead('second', 60_000)).toBeGreaterThan(30_000);
    expect(await cache.lead('first', 0)).toBe(0);
    expect(await cache.lead('second', 60_000)).toBe(0);
  });

  test('a process that leads and is not heard of is followed by another', async () => {
    const cache = open();
    expect(await cache.lead('first', 30)).toBe(0);
    await expect.poll(() => cache.lead('second', 30)).toBe(0);
    expect(await cache.lead('first', 30)).toBeGreaterThan(0);
  });
}
