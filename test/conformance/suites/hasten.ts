import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, LATER, type Partition } from '../partition.js';

const interval = LATER;

async function hastenAll(p: Partition, names?: readonly string[]): Promise<number> {
  const first = await p.cache.hasten(p.index, names);
  let { more } = first;
  while (more) ({ more } = await p.cache.hasten(p.index, names, first.mark));
  return first.mark;
}

export function hastening({ partition }: Subject): void {
  test('hasten makes everything that is pending due', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1, { interval }), add('b', 2, { interval: 2 * interval }));
    expect(await p.claim()).toMatchObject({ status: 'idle' });
    await hastenAll(p);
    expect(await p.drained()).toEqual(
      new Map([
        ['a', 1n],
        ['b', 2n],
      ]),
    );
  });

  test('hasten makes the counters due that are named, and no others', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 1, { interval })));
    await hastenAll(p, ['A', '__proto__', 'never used']);
    const deltas = await p.drained();
    expect([...deltas.keys()].sort()).toEqual(['A', '__proto__']);
  });

  test('a counter that has nothing pending is not made due', async () => {
    const p = await partition();
    await hastenAll(p, ['a']);
    await hastenAll(p);
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
  });

  test('hasten never puts off what is due earlier', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1, { interval }));
    await p.cache.hasten(p.index, ['a'], 1000);
    expect(await p.cache.hasten(p.index, ['a'], 5000)).toMatchObject({ mark: 5000 });
    expect(await p.cache.flushProgress(p.index, 1000, ['a'])).toMatchObject({ waiting: true });
  });

  test('what was hastened waits until it is claimed', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1, { interval }), add('b', 1, { interval }));
    const mark = await hastenAll(p);
    expect(await p.cache.flushProgress(p.index, mark)).toEqual({ waiting: true });
    const batch = await p.claimed();
    expect(await p.cache.flushProgress(p.index, mark)).toEqual({
      waiting: false,
      batchSeq: batch.seq,
    });
    await p.acknowledge(batch);
    expect(await p.cache.flushProgress(p.index, mark)).toEqual({ waiting: false });
  });

  test('increments after the mark are not waited for', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1, { interval }));
    const mark = await hastenAll(p);
    await p.acknowledge(await p.claimed());
    await p.sender.apply(add('a', 1, { interval }), add('b', 1, { interval }));
    expect(await p.cache.flushProgress(p.index, mark)).toEqual({ waiting: false });
    expect(await p.cache.flushProgress(p.index, mark, ['a', 'b'])).toEqual({ waiting: false });
  });

  test('of named counters only those are waited for', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1, { interval }), add('b', 1, { interval }));
    const mark = await hastenAll(p, ['a', 'b']);
    await p.claimed({ limit: 1 });
    const waits = async (name: string) =>
      (await p.cache.flushProgress(p.index, mark, [name])).waiting;
    expect([await waits('a'), await waits('b')].sort()).toEqual([false, true]);
    expect(await waits('never used')).toBe(false);
    expect((await p.cache.flushProgress(p.index, mark, ['a', 'b'])).waiting).toBe(true);
  });

  test.each(['all', 'named'])('more than two thousand counters are hastened, %s', async (which) => {
    const p = await partition();
    const names = Array.from({ length: 4500 }, (_, index) => `counter-${index}`);
    for (let from = 0; from < names.length; from += 500) {
      const chunk = names.slice(from, from + 500);
      await p.sender.apply(...chunk.map((name) => add(name, 1, { interval })));
    }
    const asked = which === 'all' ? undefined : names;
    const mark = await hastenAll(p, asked);
    expect(await p.cache.flushProgress(p.index, mark, asked)).toMatchObject({ waiting: true });
    expect((await p.drained()).size).toBe(names.length);
    expect(await p.cache.flushProgress(p.index, mark, asked)).toEqual({ waiting: false });
  });

  test('while a long hasten goes on, later increments are left alone', async () => {
    const p = await partition();
    const names = Array.from({ length: 2500 }, (_, index) => `counter-${index}`);
    for (let from = 0; from < names.length; from += 500) {
      const chunk = names.slice(from, from + 500);
      await p.sender.apply(...chunk.map((name) => add(name, 1, { interval })));
    }
    const { mark, more } = await p.cache.hasten(p.index);
    if (more) await p.cache.hasten(p.index, undefined, mark);
    await p.sender.apply(add('late', 1, { interval }));
    const deltas = await p.drained();
    expect([deltas.size, deltas.has('late')]).toEqual([names.length, false]);
  });
}
