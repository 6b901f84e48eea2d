import { describe, expect, test } from 'vitest';
import { type Counting, startCounting } from '../../../support/counting.js';
import { Pace } from '../../../../lib/counting/sending/pace.js';
import { lostCall } from '../../../support/faulty-cache.js';

const interval = 60_000;
/** A lane with more entries calls by itself. */
const FEW = 64;

/** A write path of five lanes, and the name of a counter for each. */
async function fiveLanes(
  addsTogether: boolean,
): Promise<Counting & { names: readonly string[]; incr: (lane: number) => Promise<void> }> {
  const counting = await startCounting({ partitions: 5 });
  counting.cache.addsTogether = addsTogether;
  const names: string[] = [];
  for (let number = 0; Object.keys(names).length < 5; number++) {
    const name = `n${number}`;
    names[counting.partitionOf(name)] ??= name;
  }
  return {
    ...counting,
    names,
    incr: (lane) => counting.buffer.add(names[lane] ?? '', 1, interval),
  };
}

/** Long enough for all that does not wait. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test('who waits for all that is on its way does not wait for what lingers', async () => {
  // longer than any test
  const { buffer, cache } = await startCounting({ linger: 100_000_000, unseeded: true });
  const before = buffer.add('a', 1, interval);
  await turns();
  expect(cache.calls).toHaveLength(0);
  const inTheSameTurn = buffer.add('b', 1, interval);
  await buffer.whenSettled();
  await Promise.all([before, inTheSameTurn]);
  const atOnce = buffer.add('c', 1, interval);
  await buffer.whenSettled();
  await atOnce;
});

describe('where calls of several lanes cost as one', () => {
  test('lanes wait for those that called before, and then call together', async () => {
    const { cache, incr } = await fiveLanes(true);
    cache.holdBack();
    const first = incr(0);
    await cache.called(1);
    const others = [1, 2, 3].map(incr);
    await turns();
    expect(cache.calls).toHaveLength(1);
    cache.release();
    await Promise.all([first, ...others]);
    expect(cache.calls).toHaveLength(4);
  });

  test('a lane whose call is tried again keeps no other waiting', async () => {
    const { cache, incr } = await fiveLanes(true);
    cache.faults.push(...Array.from({ length: 3 }, () => lostCall));
    const failing = incr(0);
    await cache.called(1);
    await incr(1);
    expect(cache.calls.filter(({ seq }) => seq > 1).length).toBeGreaterThan(1);
    await failing;
  });

  test('a call that is given up before it is tried keeps no lane waiting', async () => {
    const { cache } = await startCounting();
    cache.addsTogether = true;
    const pace = new Pace(cache);
    await pace.call(1, () => Promise.resolve('given up'));
    expect(pace.ready(['one'])).toBeUndefined();
  });

  test('a lane with many entries waits for none', async () => {
    const { cache, buffer, incr, partitionOf } = await fiveLanes(true);
    cache.holdBack();
    const first = incr(0);
    await cache.called(1);
    const many: string[] = [];
    for (let number = 0; many.length <= FEW; number++) {
      if (partitionOf(`many-${number}`) === 1) many.push(`many-${number}`);
    }
    const others = many.map((name) => buffer.add(name, 1, interval));
    await cache.called(2);
    cache.release();
    await Promise.all([first, ...others]);
  });

  test('who waits for all that is on its way makes the others wait for none', async () => {
    const { buffer, cache, incr } = await fiveLanes(true);
    cache.holdBack();
    const first = incr(0);
    await cache.called(1);
    const second = incr(1);
    const settled = buffer.whenSettled();
    await cache.called(2);
    cache.release();
    await Promise.all([first, second, settled]);
  });
});

test('where each call is one of its own, no lane waits for another', async () => {
  const { cache, incr } = await fiveLanes(false);
  cache.holdBack();
  const first = incr(0);
  await cache.called(1);
  const others = [1, 2, 3].map(incr);
  await cache.called(4);
  cache.release();
  await Promise.all([first, ...others]);
});
