import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, LATER, MAX, remove } from '../partition.js';

export function parking({ open, partition }: Subject): void {
  test('the batch of a nonce is moved aside with everything pending', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const { nonce } = await p.claimed();
    await p.sender.apply(add('a', 5), add('b', 1, { interval: LATER }));
    expect(await p.cache.park(p.index, nonce, 9, 'new')).toBe(true);
    expect(await p.cache.look(p.index, ['a', 'b'])).toEqual({
      fence: 9,
      generation: expect.stringMatching(/^new:/) as string,
      batchSeq: undefined,
      settings: { queues: 5, timeZone: 'UTC' },
      parts: [{}, {}],
    });
    expect(await p.cache.sweep(p.index)).toMatchObject({
      parked: 1,
      pending: 0,
      overdueBy: undefined,
      batchAge: undefined,
    });
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
  });

  test('another nonce than that of the open batch moves nothing', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed();
    expect(await p.cache.park(p.index, 'another', 9, 'new')).toBe(false);
    expect(await p.claimed()).toEqual(batch);
    expect(await p.state()).toMatchObject({ fence: 2, generation: p.generation });
  });

  test('a nonce without an open batch moves nothing', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed();
    await p.acknowledge(batch);
    expect(await p.cache.park(p.index, batch.nonce, 9, 'new')).toBe(false);
    expect(await p.cache.sweep(p.index)).toMatchObject({ parked: 0 });
  });

  test('without a nonce a fence below the ledger is parked', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    await p.claimed();
    await p.sender.apply(add('b'));
    expect(await p.cache.park(p.index, undefined, 3, 'new')).toBe(true);
    expect(await p.cache.look(p.index, ['a', 'b'])).toMatchObject({
      fence: 3,
      generation: expect.stringMatching(/^new:/) as string,
      parts: [{}, {}],
    });
  });

  test.each([1, 2])(
    'without a nonce a fence at or above a ledger of %i stays',
    async (ledgerSeq) => {
      const p = await partition();
      await p.sender.apply(add('a', 2));
      await p.acknowledge(await p.claimed());
      await p.sender.apply(add('a', 3));
      expect(await p.cache.park(p.index, undefined, ledgerSeq, 'new')).toBe(false);
      expect(await p.cache.look(p.index, ['a'])).toMatchObject({
        fence: 2,
        generation: p.generation,
        parts: [{ pending: '3' }],
      });
    },
  );

  test('parking never lowers the fence', async () => {
    const p = await partition();
    for (let round = 0; round < 3; round++) {
      await p.sender.apply(add('a'));
      await p.acknowledge(await p.claimed());
    }
    await p.sender.apply(add('a'));
    const { nonce } = await p.claimed();
    expect(await p.cache.park(p.index, nonce, 2, 'new')).toBe(true);
    expect(await p.state()).toMatchObject({ fence: 5 });
  });

  test('the first batch after parking has a seq above the ledger', async () => {
    const p = await partition();
    await p.cache.park(p.index, undefined, 9, 'new');
    await p.join();
    await p.sender.apply(add('a'));
    expect(await p.claimed()).toMatchObject({ seq: 10 });
  });

  test('a partition without seed is not parked', async () => {
    const cache = open();
    expect(await cache.park(0, undefined, 9, 'new')).toBe(false);
    expect(await cache.park(0, 'nonce', 9, 'new')).toBe(false);
    expect(await cache.look(0, ['a'])).toEqual({ parts: [{}] });
  });

  test('parking that is repeated moves nothing more', async () => {
    const p = await partition();
    await p.sender.apply(add('a'));
    const { nonce } = await p.claimed();
    expect(await p.cache.park(p.index, nonce, 9, 'new')).toBe(true);
    const { generation: parked } = await p.state();
    expect(await p.cache.park(p.index, nonce, 9, 'newer')).toBe(false);
    expect(await p.cache.park(p.index, undefined, 9, 'newer')).toBe(false);
    expect(await p.state()).toMatchObject({ generation: parked });
    expect(await p.cache.sweep(p.index)).toMatchObject({ parked: 1 });
  });

  test('parking is unreported until somebody reported it', async () => {
    const p = await partition();
    await p.sender.apply(add('a'));
    await p.cache.park(p.index, undefined, 9, 'new');
    const { generation = '' } = await p.state();
    const unreported = { event: 'parked', ledgerSeq: 9, generation };
    expect(await p.cache.sweep(p.index)).toMatchObject({ unreported });
    await p.cache.reported(p.index, p.generation);
    expect(await p.cache.sweep(p.index)).toMatchObject({ unreported });
    await p.cache.reported(p.index, generation);
    expect((await p.cache.sweep(p.index)).unreported).toBeUndefined();
    expect((await p.state()).generation).toBe(generation);
  });

  test('a parking of nothing says so, unless it follows one that nobody reported', async () => {
    const p = await partition();
    await p.cache.park(p.index, undefined, 9, 'new');
    const { unreported } = await p.cache.sweep(p.index);
    expect(unreported).toMatchObject({ event: 'parked', ledgerSeq: 9, empty: true });
    await p.cache.reported(p.index, unreported?.generation ?? '');
    await p.join();
    await p.sender.apply(add('a'));
    await p.cache.park(p.index, undefined, 12, 'newer');
    await p.cache.park(p.index, undefined, 15, 'newest');
    const { unreported: last } = await p.cache.sweep(p.index);
    expect(last).toEqual({ event: 'parked', ledgerSeq: 12, generation: last?.generation });
  });

  test('a parking of nothing hides no wipe that nobody reported', async () => {
    const cache = open();
    const generation = await cache.reserve(0, { seq: 6, nonce: '' }, 'first');
    await cache.seed(0, String(generation));
    expect(await cache.park(0, undefined, 9, 'new')).toBe(true);
    const { unreported } = await cache.sweep(0);
    expect(unreported).toMatchObject({ event: 'redisWiped', ledgerSeq: 6 });
  });

  test('every parking is kept apart from those before', async () => {
    const p = await partition();
    for (const [index, ledgerSeq] of [5, 10, 15].entries()) {
      await p.sender.apply(add('a'));
      expect(await p.cache.park(p.index, undefined, ledgerSeq, `g${index}`)).toBe(true);
      await p.join();
    }
    expect(await p.cache.sweep(p.index)).toMatchObject({ parked: 3 });
  });

  test('a sender of the old generation is refused, its last seq too', async () => {
    const p = await partition();
    await p.sender.send(1, add('a'));
    await p.cache.park(p.index, undefined, 9, 'new');
    const { generation } = await p.state();
    expect(generation).toMatch(/^new:/);
    const refusal = { status: 'generation', generation };
    expect(await p.sender.send(1, add('a'))).toEqual(refusal);
    expect(await p.sender.send(2, add('a'))).toEqual(refusal);
    expect(await p.parts('a')).toEqual({});
  });

  test('bases of the old generation are never read again', async () => {
    const p = await partition();
    await p.warm('a', 7);
    await p.warm('full', MAX);
    await p.cache.park(p.index, undefined, 9, 'new');
    await p.join();
    expect(await p.parts('a')).toEqual({});
    expect(await p.sender.outcome(addAndTotal('a'))).toEqual({ kind: 'cold' });
    expect(await p.sender.outcome(addAndTotal('full'))).toEqual({ kind: 'cold' });
    await p.sender.apply(add('full'));
    expect(await p.parts('full')).toEqual({ pending: '1' });
  });

  test('delete marks are forgotten with what was pending', async () => {
    const p = await partition();
    await p.warm('a', 7);
    await p.sender.apply(remove('a'));
    await p.cache.park(p.index, undefined, 9, 'new');
    await p.join();
    await p.sender.apply(add('b'));
    await p.cache.hasten(p.index);
    expect((await p.claimed()).entries).toEqual([{ name: 'b', delta: '1', remove: false }]);
  });
}
