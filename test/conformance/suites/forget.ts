import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, MAX, set } from '../partition.js';

export function forgetting({ partition }: Subject): void {
  test('a database that went back has its cached values dropped, and that is to be told once', async () => {
    const p = await partition();
    await p.warm('a', 100);
    await p.warm('large', MAX);
    await p.sender.apply(add('a', 3));
    const { fence = 0 } = await p.state();
    expect(await p.cache.forget(p.index, fence, 0)).toBe(true);
    expect(await p.parts('a')).toEqual({ pending: '3' });
    // not refused for a value that is gone
    expect((await p.sender.apply(add('large', 1))).outcomes.size).toBe(0);
    await p.warm('a', 50);
    expect(await p.cache.forget(p.index, fence, 0)).toBe(false);
    expect(await p.parts('a')).toEqual({ pending: '3' });
  });

  test('it is told again after another batch, and where it went back further', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 3));
    await p.acknowledge(await p.claimed());
    const { fence = 0 } = await p.state();
    const tries = [
      [fence, 1],
      [fence, 1],
      [fence, 0],
    ] as const;
    const told: boolean[] = [];
    for (const [applied, ledger] of tries) {
      told.push(await p.cache.forget(p.index, applied, ledger));
    }
    expect(told).toEqual([true, false, true]);
    await p.sender.apply(add('a', 3));
    await p.acknowledge(await p.claimed());
    expect(await p.cache.forget(p.index, fence + 1, 0)).toBe(true);
  });

  test('an open batch is one that the database may lack', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 3));
    await p.claimed();
    await p.warm('a', 100);
    const { batchSeq = 0 } = await p.state();
    // as if none were open
    expect(await p.cache.forget(p.index, batchSeq, 0)).toBe(false);
    expect(await p.parts('a')).toEqual({ base: '100', batch: '3' });
    expect(await p.cache.forget(p.index, batchSeq - 1, 0)).toBe(true);
    expect(await p.parts('a')).toEqual({ batch: '3' });
  });

  test('a database that has everything keeps what is near the end of the range', async () => {
    const p = await partition();
    await p.warm('a', 100);
    await p.warm('large', MAX);
    const { fence = 0 } = await p.state();
    expect(await p.cache.forget(p.index, fence, fence)).toBe(false);
    expect(await p.parts('a')).toEqual({});
    expect(await p.sender.outcome(add('large', 1))).toEqual({ kind: 'overflow' });
  });

  test('a set goes to the database with the value that it expects in the row', async () => {
    const p = await partition();
    await p.warm('a', 100);
    await p.warm('b', 7);
    await p.sender.apply(set('a', 50), add('a', 1), add('b', 1));
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-49', remove: false, expected: '100' },
      { name: 'b', delta: '1', remove: false },
    ]);
  });

  test('what an open batch has claimed is in the row by then', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 20));
    const first = await p.claimed();
    await p.warm('a', 100);
    await p.sender.apply(set('a', 50));
    await p.acknowledge(first, [['a', 120n]]);
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-70', remove: false, expected: '120' },
    ]);
  });

  test('an expectation goes with its batch, and with what is parked', async () => {
    const p = await partition();
    await p.warm('a', 100);
    await p.sender.apply(set('a', 50));
    await p.acknowledge(await p.claimed(), [['a', 50n]]);
    await p.sender.apply(add('a', 1));
    const batch = await p.claimed();
    expect(batch.entries).toEqual([{ name: 'a', delta: '1', remove: false }]);
    await p.sender.apply(set('a', 9));
    expect(await p.cache.park(p.index, batch.nonce, 9, 'new')).toBe(true);
    await p.join();
    await p.sender.apply(add('a', 2));
    expect((await p.claimed()).entries).toEqual([{ name: 'a', delta: '2', remove: false }]);
  });

  test('a batch that is handed out again has the same expectations', async () => {
    const p = await partition();
    await p.warm('a', 100);
    await p.sender.apply(set('a', 50));
    const batch = await p.claimed();
    expect(await p.claimed()).toEqual(batch);
  });
}
