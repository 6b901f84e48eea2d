import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, MAX } from '../partition.js';

export function acknowledging({ partition }: Subject): void {
  test('acknowledge drops the batch and takes its values as bases', async () => {
    const p = await partition();
    await p.warm('a', 10);
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed();
    await p.sender.apply(add('a', 5));
    await p.acknowledge(batch, [['a', 12n]]);
    expect(await p.parts('a')).toEqual({ base: '12', pending: '5' });
    expect(await p.state()).toMatchObject({ fence: 2, batchSeq: undefined });
    expect((await p.claimed()).entries).toMatchObject([{ name: 'a', delta: '5' }]);
  });

  test('acknowledge caches no base that was not cached', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    await p.acknowledge(await p.claimed(), [['a', 12n]]);
    expect(await p.parts('a')).toEqual({});
  });

  test('the bases of counters outside the batch stay', async () => {
    const p = await partition();
    await p.warm('other', 7);
    await p.sender.apply(add('a'));
    await p.acknowledge(await p.claimed(), [['a', 1n]]);
    expect(await p.parts('other')).toEqual({ base: '7' });
  });

  test('only the batch of this nonce is acknowledged', async () => {
    const p = await partition();
    await p.warm('a', 10);
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed();
    await p.acknowledge({ nonce: 'another' }, [['a', 99n]], ['a']);
    expect(await p.claimed()).toEqual(batch);
    expect(await p.parts('a')).toEqual({ base: '10', batch: '2' });
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 0 });
  });

  test('an acknowledgement that is repeated does no harm, not even to the next batch', async () => {
    const p = await partition();
    await p.warm('a', 10);
    await p.sender.apply(add('a', 2));
    const first = await p.claimed();
    await p.acknowledge(first, [['a', 12n]]);
    await p.acknowledge(first, [['a', 12n]]);
    await p.sender.apply(add('a', 5));
    const second = await p.claimed();
    await p.acknowledge(first, [['a', 12n]], ['a']);
    expect(await p.claimed()).toEqual(second);
    expect(await p.total('a')).toBe(17n);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 0 });
  });

  test('an acknowledgement without a batch is ignored', async () => {
    const p = await partition();
    await p.warm('a', 10);
    await p.acknowledge({ nonce: 'nonce' }, [['a', 99n]]);
    expect(await p.parts('a')).toEqual({ base: '10' });
  });

  test('counters left out are put aside and count no more', async () => {
    const p = await partition();
    await p.warm('full', MAX);
    await p.warm('b', 1);
    await p.sender.apply(add('full', -1), add('full', 1), add('b', 4));
    await p.acknowledge(await p.claimed(), [['b', 5n]], ['full']);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 1 });
    expect(await p.parts('full')).toEqual({ base: String(MAX) });
    expect(await p.parts('b')).toEqual({ base: '5' });
  });

  test('what is left out again is added to what is put aside, or kept beside it', async () => {
    const p = await partition();
    await p.warm('a');
    const leaveOut = async (delta: bigint): Promise<void> => {
      await p.sender.apply(add('a', delta));
      await p.acknowledge(await p.claimed(), [], ['a']);
    };
    await leaveOut(MAX - 1n);
    await leaveOut(1n);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 1 });
    await leaveOut(1n);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 2 });
    await leaveOut(-5n);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 2 });
  });

  test('values beyond 2^53 and names of every kind become bases as they are', async () => {
    const p = await partition();
    const value = 2n ** 53n + 1n;
    for (const name of DELICATE_NAMES) await p.warm(name);
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name)));
    const batch = await p.claimed();
    await p.acknowledge(
      batch,
      batch.entries.map(({ name }) => [name, value + BigInt(DELICATE_NAMES.indexOf(name))]),
    );
    const { parts } = await p.cache.look(p.index, DELICATE_NAMES);
    expect(parts.map(({ base }) => base)).toEqual(
      DELICATE_NAMES.map((_, index) => String(value + BigInt(index))),
    );
  });

  test('a batch of five hundred counters is acknowledged at once', async () => {
    const p = await partition();
    const names = Array.from({ length: 500 }, (_, index) => `counter-${index}`);
    await p.fill(Object.fromEntries(names.map((name) => [name, 1])));
    await p.sender.apply(...names.map((name) => add(name)));
    await p.acknowledge(
      await p.claimed(),
      names.slice(250).map((name) => [name, 2n]),
      names.slice(0, 250),
    );
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 250, pending: 0 });
    const { parts } = await p.cache.look(p.index, names);
    expect(parts).toEqual(names.map((_, index) => ({ base: index < 250 ? '1' : '2' })));
  });
}
