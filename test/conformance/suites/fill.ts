import { expect, test } from 'vitest';
import type { Fill } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, MAX, type Partition } from '../partition.js';

const values = new Map([['a', '100']]);

/** What a reader knows of the partition now, before it asks the database. */
async function seen(p: Partition): Promise<Omit<Fill, 'ledgerSeq' | 'values'>> {
  const { fence = 0, generation = '', batchSeq } = await p.state();
  return { fence, generation, batchSeq };
}

/** Counts and claims, so that a batch is open. */
async function claimOne(p: Partition) {
  await p.sender.apply(add('a', 2));
  return p.claimed();
}

export function filling({ partition }: Subject): void {
  test('a value is cached when no batch moved since the look', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 3));
    await p.cache.fill(p.index, { ...(await seen(p)), ledgerSeq: 1, values });
    expect(await p.parts('a')).toEqual({ base: '100', pending: '3' });
  });

  test('a value is not cached when the fence has moved since the look', async () => {
    const p = await partition();
    const look = await seen(p);
    await p.acknowledge(await claimOne(p), [['a', 102n]]);
    await p.cache.fill(p.index, { ...look, ledgerSeq: 1, values });
    expect(await p.parts('a')).toEqual({});
  });

  test('a value is not cached when a batch was opened since the look', async () => {
    const p = await partition();
    const look = await seen(p);
    await claimOne(p);
    await p.cache.fill(p.index, { ...look, ledgerSeq: 1, values });
    expect(await p.parts('a')).toEqual({ batch: '2' });
  });

  test('a value is not cached when the generation has changed since the look', async () => {
    const p = await partition();
    const { nonce } = await claimOne(p);
    const { fence, generation } = await seen(p);
    await p.cache.park(p.index, nonce, fence, 'new');
    expect(await seen(p)).toMatchObject({ fence });
    const fill = { fence, batchSeq: undefined, ledgerSeq: fence, values };
    await p.cache.fill(p.index, { ...fill, generation });
    await p.cache.fill(p.index, { ...fill, generation, values: new Map([['full', String(MAX)]]) });
    expect(await p.parts('a')).toEqual({});
    await p.join();
    expect(await p.sender.outcome(add('full'))).toBeUndefined();
    await p.cache.fill(p.index, { ...fill, generation: p.generation });
    expect(await p.parts('a')).toEqual({ base: '100' });
  });

  test('with a batch open a value without it is cached beside it', async () => {
    const p = await partition();
    await claimOne(p);
    await p.cache.fill(p.index, { ...(await seen(p)), ledgerSeq: 1, values });
    expect(await p.parts('a')).toEqual({ base: '100', batch: '2' });
  });

  test('with a batch open a value that holds it is not cached', async () => {
    const p = await partition();
    await claimOne(p);
    for (const ledgerSeq of [2, 3]) {
      await p.cache.fill(p.index, { ...(await seen(p)), ledgerSeq, values });
      expect(await p.parts('a')).toEqual({ batch: '2' });
    }
  });

  test('a batch acknowledged since the look: a value that holds it is cached', async () => {
    const p = await partition();
    const batch = await claimOne(p);
    const look = await seen(p);
    await p.acknowledge(batch, [['a', 100n]]);
    await p.cache.fill(p.index, { ...look, ledgerSeq: 2, values });
    expect(await p.parts('a')).toEqual({ base: '100' });
  });

  test('a batch acknowledged since the look: a value without it is not cached', async () => {
    const p = await partition();
    const batch = await claimOne(p);
    const look = await seen(p);
    await p.acknowledge(batch, [['a', 102n]]);
    await p.cache.fill(p.index, { ...look, ledgerSeq: 1, values });
    expect(await p.parts('a')).toEqual({});
  });

  test('a value read before the seed that planted the fence is cached', async () => {
    const p = await partition();
    await p.cache.fill(p.index, { ...(await seen(p)), ledgerSeq: 0, values });
    expect(await p.parts('a')).toEqual({ base: '100' });
  });

  test('a later value takes the place of an earlier one', async () => {
    const p = await partition();
    await p.warm('a', 1);
    await p.warm('a', 2);
    expect(await p.parts('a')).toEqual({ base: '2' });
  });

  test('a cached value expires', async () => {
    const p = await partition({ baseTtl: 30 });
    await p.fill({ a: 5 });
    await expect.poll(() => p.parts('a')).toEqual({});
  });

  test('a base that is kept up to date by batches expires all the same', async () => {
    const p = await partition({ baseTtl: 200 });
    await p.fill({ a: 5 });
    await expect
      .poll(async () => {
        await p.sender.apply(add('a'));
        await p.acknowledge(await p.claimed(), [['a', 6n]]);
        return p.parts('a');
      })
      .toEqual({});
  });
}
