import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, LATER, type Partition, set } from '../partition.js';

const TICK = 1000;

export function dueTimes({ partition, dueTime }: Subject): void {
  test('the smallest interval of a counter wins, whichever came first', async () => {
    const p = await partition();
    await p.sender.apply(
      add('hurried', 1, { interval: LATER }),
      add('waits', 1, { interval: LATER }),
    );
    await p.sender.apply(add('hurried', 1, { interval: 0 }));
    await p.sender.apply(add('first', 1, { interval: 0 }));
    await p.sender.apply(add('first', 1, { interval: LATER }));
    const { entries } = await p.claimed();
    expect(entries.map(({ name, delta }) => `${name} ${delta}`).sort()).toEqual([
      'first 2',
      'hurried 2',
    ]);
    expect((await p.parts('waits')).pending).toBe('1');
  });

  test('the interval of an exact write counts as that of an increment', async () => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(set('a', 5, { interval: LATER }));
    expect(await p.claim()).toMatchObject({ status: 'idle' });
    await p.sender.apply(set('a', 6, { interval: 0 }));
    expect((await p.claimed()).entries).toMatchObject([{ name: 'a', delta: '6' }]);
  });

  test('an interval of 0 is due at once', async () => {
    const p = await partition({ tick: LATER });
    await p.sender.apply(add('a', 1, { interval: 0 }));
    expect((await p.claimed()).entries).toMatchObject([{ name: 'a' }]);
  });

  test('an interval below the tick does not wait for the tick', async () => {
    const p = await partition({ tick: LATER });
    await p.sender.apply(add('a', 1, { interval: 20 }));
    await expect.poll(() => p.claim()).toMatchObject({ status: 'batch' });
  });

  test('a counter that goes quiet becomes due without another increment', async () => {
    const p = await partition({ tick: 10 });
    await p.sender.apply(add('a', 3, { interval: 40 }));
    await expect
      .poll(() => p.claim())
      .toMatchObject({ status: 'batch', batch: { entries: [{ name: 'a', delta: '3' }] } });
  });

  test('counters of one interval are due together, whenever they come', async () => {
    const p = await partition({ tick: 10 });
    await p.sender.apply(add('a', 1, { interval: LATER }));
    const first = await dueTime(p, 'a');
    await untilLater(p, first - LATER);
    await p.sender.apply(add('b', 1, { interval: LATER }), set('c', 1, { interval: LATER }));
    await p
      .anotherSender()
      .apply(add('d', 1, { interval: LATER }), add('e', 1, { interval: LATER }));
    for (const name of ['b', 'd', 'e']) expect(await dueTime(p, name)).toBe(first);
    await p.sender.apply(add('f', 1, { interval: LATER + 20 }));
    expect(await dueTime(p, 'f')).toBeGreaterThan(first);
  });

  test('what comes after a round is due an interval later, at the earliest', async () => {
    const p = await partition({ tick: 10 });
    const interval = 40;
    const dues: number[] = [];
    for (let round = 0; round < 3; round++) {
      await p.sender.apply(add('a', 1, { interval }));
      dues.push(await dueTime(p, 'a'));
      await expect.poll(() => p.claim()).toMatchObject({ status: 'batch' });
      await p.acknowledge(await p.claimed());
    }
    const [first = 0, second = 0, third = 0] = dues;
    expect(second - first).toBeGreaterThanOrEqual(interval);
    expect(third - second).toBeGreaterThanOrEqual(interval);
  });

  test('a round that is full takes no more, nor does the one after it: each is due by itself', async () => {
    const p = await partition({ tick: 10 });
    const interval = 3000;
    const many = (round: string, from: number, to: number) =>
      p.sender.apply(
        ...Array.from({ length: to - from }, (_, index) =>
          add(`${round} ${from + index}`, 1, { interval }),
        ),
      );
    for (let from = 0; from < 1500; from += 500) await many('first', from, from + 500);
    const first = await dueTime(p, 'first 0');
    expect(await dueTime(p, 'first 999')).toBe(first);
    await untilLater(p, first - interval + 50);
    await p.sender.apply(add('too many', 1, { interval }));
    expect(await dueTime(p, 'too many')).toBeGreaterThan(first);
    await untilLater(p, first + 20);
    await p.sender.apply(add('next', 1, { interval }));
    const next = await dueTime(p, 'next');
    await untilLater(p, next - interval + 50);
    await p.sender.apply(add('by itself', 1, { interval }));
    expect(await dueTime(p, 'by itself')).toBeGreaterThan(next);
  });

  test('all that one call brings to a round counts, in however many runs it comes', async () => {
    const p = await partition({ tick: 10 });
    const interval = 3000;
    const many = (run: string) =>
      Array.from({ length: 600 }, (_, index) => add(`${run} ${index}`, 1, { interval }));
    const apart = add('apart', 1, { interval, idempotencyKey: 'key' });
    await p.sender.apply(...many('first'), apart, ...many('second'));
    const first = await dueTime(p, 'first 0');
    await untilLater(p, first - interval + 50);
    await p.sender.apply(add('too many', 1, { interval }));
    expect(await dueTime(p, 'too many')).toBeGreaterThan(first);
  });

  test('due times are whole ticks, so that a partition is woken once a tick', async () => {
    const p = await partition({ tick: TICK });
    await p.sender.apply(
      add('long', 1, { interval: LATER }),
      add('odd', 1, { interval: LATER + 123 }),
      add('short', 1, { interval: 333 }),
    );
    expect((await dueTime(p, 'long')) % TICK).toBe(0);
    expect((await dueTime(p, 'odd')) % TICK).toBe(0);
    // shorter than a tick: then the interval is the grain
    expect((await dueTime(p, 'short')) % 333).toBe(0);
  });
}

/** Waits until the clock of the store is past a time. */
async function untilLater(p: Partition, time: number): Promise<void> {
  await expect
    .poll(async () => (await p.cache.hasten(p.index, ['none'])).mark)
    .toBeGreaterThan(time);
}
