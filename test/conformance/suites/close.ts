import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { CacheUnavailableError } from '../../../lib/errors.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, Partition, Sender } from '../partition.js';

export function closing({ open }: Subject): void {
  test('after close every call is refused', async () => {
    const p = await Partition.seeded(open());
    const { cache, index } = p;
    await cache.close();
    const fill = { fence: 1, generation: p.generation, ledgerSeq: 1, values: new Map() };
    const calls = [
      () => p.sender.send(1, add('a')),
      () => p.claim(),
      () => p.acknowledge({ nonce: 'nonce' }),
      () => cache.park(index, undefined, 9, 'new'),
      () => cache.reserve(index, { seq: 8, nonce: '' }, 'new'),
      () => cache.seed(index, 'new'),
      () => cache.reported(index, 'new'),
      () => cache.look(index, ['a']),
      () => cache.fill(index, fill),
      () => cache.hasten(index),
      () => cache.flushProgress(index, 0),
      () => cache.sweep(index),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(CacheUnavailableError);
  });

  test('close may be called twice', async () => {
    const cache = open();
    await cache.sweep(0);
    await cache.close();
    await expect(cache.close()).resolves.toBeUndefined();
  });

  test('closing one cache leaves the others of the store open, and the counts in it', async () => {
    const namespace = randomUUID();
    const p = await Partition.seeded(open({ namespace }));
    await p.sender.apply(add('a'));
    await p.cache.close();
    const other = open({ namespace });
    await new Sender(other, 0, p.generation).apply(add('a'));
    expect(await other.look(0, ['a'])).toMatchObject({ parts: [{ pending: '2' }] });
  });
}
