import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add } from '../partition.js';

export function looking({ partition }: Subject): void {
  test('look shows base, open batch and pending side by side', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', 3));
    await p.claimed();
    await p.warm('a', 1);
    await p.sender.apply(add('a', 4));
    expect(await p.cache.look(p.index, ['a', 'b', 'unused'])).toEqual({
      fence: 2,
      generation: p.generation,
      batchSeq: 2,
      settings: { queues: 5, timeZone: 'UTC' },
      parts: [{ base: '1', batch: '2', pending: '4' }, { batch: '3' }, {}],
    });
  });

  test('parts come in the order asked for, also for names asked for twice', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1), add('b', 2));
    const { parts } = await p.cache.look(p.index, ['b', 'a', 'none', 'b']);
    expect(parts).toEqual([{ pending: '2' }, { pending: '1' }, {}, { pending: '2' }]);
  });

  test('look without names shows the partition alone', async () => {
    const p = await partition();
    expect(await p.cache.look(p.index, [])).toEqual({
      fence: 1,
      generation: p.generation,
      batchSeq: undefined,
      settings: { queues: 5, timeZone: 'UTC' },
      parts: [],
    });
  });

  test('a counter whose sum is zero is told from one that was never used', async () => {
    const p = await partition();
    await p.sender.apply(add('zero', 1), add('zero', -1));
    expect(await p.parts('zero')).toEqual({ pending: '0' });
    expect(await p.parts('never')).toEqual({});
  });

  test('names of every kind are looked up as they are', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 2)));
    await p.claimed();
    for (const name of DELICATE_NAMES) await p.warm(name, 1);
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 3)));
    const { parts } = await p.cache.look(p.index, DELICATE_NAMES);
    expect(parts).toEqual(DELICATE_NAMES.map(() => ({ base: '1', batch: '2', pending: '3' })));
  });

  test('a thousand counters are looked up at once', async () => {
    const p = await partition();
    const names = Array.from({ length: 1000 }, (_, index) => `counter-${index}`);
    await p.fill(Object.fromEntries(names.map((name, index) => [name, index])));
    const { parts } = await p.cache.look(p.index, names);
    expect(parts).toEqual(names.map((_, index) => ({ base: String(index) })));
  });
}
