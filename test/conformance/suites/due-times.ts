import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, LATER, type Partition, set } from '../partition.js';

const TICK = 1000;

export function dueTimes({ partition }: Subject): void {
  test('a wake-up is asked for when the earliest due time got earlier, and only then', async () => {
    const { sender } = await partition({ tick: TICK });
    const wakeIn = async (name: string, interval: number) =>
      (await sender.apply(add(name, 1, { interval }))).wakeIn;
    const first = await wakeIn('a', LATER);
    expect(first).toBeGreaterThanOrEqual(LATER);
    expect(first).toBeLessThanOrEqual(LATER + TICK);
    expect(await wakeIn('b', LATER)).toBeUndefined();
    expect(await wakeIn('c', 2 * LATER)).toBeUndefined();
    const earlier = await wakeIn('c', LATER / 2);
    expect(earlier).toBeGreaterThanOrEqual(LATER / 2);
    expect(earlier).toBeLessThanOrEqual(LATER / 2 + TICK);
    expect(await wakeIn('a', LATER)).toBeUndefined();
    expect(await wakeIn('d', 0)).toBe(0);
  });

  test('one wake-up is asked for however many increments come in one request', async () => {
    const { sender } = await partition({ tick: TICK });
    const intervals = [LATER, LATER / 4, LATER / 2];
    const { wakeIn } = await sender.apply(
      ...intervals.map((interval) => add(`every ${interval}`, 1, { interval })),
    );
    expect(wakeIn).toBeGreaterThanOrEqual(LATER / 4);
    expect(wakeIn).toBeLessThanOrEqual(LATER / 4 + TICK);
  });

  test('a request that applies nothing asks for no wake-up', async () => {
    const { sender } = await partition();
    expect(await sender.apply(addAndTotal('cold'), set('cold', 1))).toMatchObject({
      wakeIn: undefined,
    });
  });

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

/** The due time of a counter: the first mark that it is due by. */
async function dueTime(p: Partition, name: string): Promise<number> {
  let before = 0;
  let by = Date.now() + 10 * LATER;
  while (by - before > 1) {
    const middle = Math.floor((before + by) / 2);
    const { waiting } = await p.cache.hastened(p.index, middle, [name]);
    if (waiting) by = middle;
    else before = middle;
  }
  return by;
}
