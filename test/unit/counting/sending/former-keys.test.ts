import { expect, test } from 'vitest';
import { CacheUnavailableError, OutcomeUnknownError } from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';
import { lostAnswer, lostCall } from '../../../support/faulty-cache.js';

const interval = 60_000;
const once = { key: 'ann', within: 3_600_000 };

/** A counter of another partition counted once under a key, and was renamed since: nothing follows any more. */
async function renamed() {
  const counting = await startCounting({ partitions: 2 });
  const { buffer, cache, partitionOf } = counting;
  const [old = '', now = ''] = [0, 1].map((partition) =>
    Array.from({ length: 50 }, (_, i) => `likes:${i}`).find((it) => partitionOf(it) === partition),
  );
  const incrOnce = async (name: string) => {
    const entry = buffer.enter({ name, once }, interval);
    await entry.acknowledged;
    return !entry.refused;
  };
  const undoOnce = async (name: string) => {
    const entry = buffer.undo(name, { key: once.key }, interval);
    await entry.acknowledged;
    return !entry.refused;
  };
  expect(await incrOnce(old)).toBe(true);
  const former = { names: [old], until: Date.now() + 3_600_000 };
  await cache.move(partitionOf(now), { counter: now, to: now, former });
  const counts = async () => [await counting.counted(old), await counting.counted(now)];
  return { ...counting, old, now, incrOnce, undoOnce, counts };
}

type Call = 'noted' | 'done';
const ways = { 'is lost': lostCall, 'loses its answer': lostAnswer } as const;

/** One of the two calls to the partition of the old name fails. */
function breaking(cache: Awaited<ReturnType<typeof renamed>>['cache'], call: Call, way: string) {
  const original = cache.knownKey.bind(cache);
  let broken = false;
  cache.knownKey = async (partition, names, key) => {
    const isIt = key.taken !== undefined && (key.done === true) === (call === 'done');
    if (broken || !isIt) return original(partition, names, key);
    broken = true;
    if (way === 'loses its answer') await original(partition, names, key);
    throw new Error('broken');
  };
}

test('what was counted under a former name is taken back where it is counted now', async () => {
  const { old, now, incrOnce, undoOnce, counts } = await renamed();
  expect(await incrOnce(now)).toBe(false);
  expect(await undoOnce(now)).toBe(true);
  expect(await counts()).toEqual([1n, -1n]);
  expect(await undoOnce(now)).toBe(false);
  expect(await undoOnce(old)).toBe(false);
  expect(await counts()).toEqual([1n, -1n]);
  expect(await incrOnce(now)).toBe(true);
  expect(await incrOnce(now)).toBe(false);
  expect(await counts()).toEqual([1n, 0n]);
});

test.each(
  (['noted', 'done'] as const).flatMap((call) =>
    Object.keys(ways).map((way) => [call, way] as const),
  ),
)('it is taken back once, though the call by which that is %s %s', async (call, way) => {
  const { cache, now, incrOnce, undoOnce, counts } = await renamed();
  breaking(cache, call, way);
  const first = await undoOnce(now).catch((error: unknown) => error);
  if (call === 'done') expect(first).toBe(true);
  else expect(first).toBeInstanceOf(OutcomeUnknownError);
  expect(await undoOnce(now)).toBe(call === 'noted' && way === 'is lost');
  expect(await counts()).toEqual([1n, -1n]);
  expect(await incrOnce(now)).toBe(true);
  expect(await counts()).toEqual([1n, 0n]);
});

test.each(['noted', 'done'] as const)(
  'a key that is being taken back, and whose process ended when that was %s, may count again',
  async (call) => {
    const { cache, now, incrOnce, undoOnce, counts } = await renamed();
    breaking(cache, call, 'loses its answer');
    await undoOnce(now).catch(() => undefined);
    expect(await incrOnce(now)).toBe(true);
    expect(await counts()).toEqual([1n, 0n]);
  },
);

test.each(Object.entries(ways))('it is subtracted once where that call %s', async (_, fault) => {
  const { cache, now, undoOnce, counts } = await renamed();
  // the first one asks for the former names
  cache.faults.push((run) => run(), fault);
  expect(await undoOnce(now)).toBe(true);
  expect(await counts()).toEqual([1n, -1n]);
});

test('where nothing was noted, an undo tells why; where it was, its outcome is unknown', async () => {
  const { cache, now, undoOnce, counts } = await renamed();
  const original = cache.knownKey.bind(cache);
  cache.knownKey = () =>
    Promise.reject(new CacheUnavailableError('refused', { mayHaveRun: false }));
  await expect(undoOnce(now)).rejects.toThrow(CacheUnavailableError);
  cache.knownKey = async (...given) => {
    await original(...given);
    cache.knownKey = original;
    throw new CacheUnavailableError('the answer was lost');
  };
  await expect(undoOnce(now)).rejects.toThrow(OutcomeUnknownError);
  // whoever asks next finds the note, and does the rest
  expect(await undoOnce(now)).toBe(false);
  expect(await counts()).toEqual([1n, -1n]);
});

test('of several at the same time one takes it back', async () => {
  const { now, undoOnce, counts } = await renamed();
  const told = await Promise.all([undoOnce(now), undoOnce(now), undoOnce(now)]);
  expect(told.filter((isTaken) => isTaken)).toHaveLength(1);
  expect(await counts()).toEqual([1n, -1n]);
});

test('calls of a process take effect in their order', async () => {
  const { buffer, now, incrOnce, undoOnce, counts } = await renamed();
  const told = await Promise.all([
    ...[undoOnce(now), incrOnce(now), buffer.addAndGet(now, 5, interval)],
    ...[incrOnce(now), undoOnce(now), undoOnce(now), buffer.addAndGet(now, 1, interval)],
  ]);
  expect(told).toEqual([true, true, 5n, false, true, false, 5n]);
  expect(await counts()).toEqual([1n, 5n]);
});

test('under the old name it is taken back no second time, and may count again', async () => {
  const { cache, partitionOf, old, now, incrOnce, undoOnce, counts } = await renamed();
  const taken = { from: now, by: 'a process that ended' };
  await cache.knownKey(partitionOf(old), [old], { once, taken });
  expect(await undoOnce(old)).toBe(false);
  expect(await counts()).toEqual([1n, -1n]);
  expect(await incrOnce(old)).toBe(true);
  expect(await counts()).toEqual([2n, -1n]);
});

test('it is taken back from the windows that it was counted in', async () => {
  const { buffer, cache, partitionOf, old, now } = await renamed();
  const key = { key: 'bob', within: 3_600_000 };
  await buffer.enter({ name: old, delta: 3, once: key, windows: ['day'] }, interval).acknowledged;
  const waiting = async (name: string) => {
    const { entries } = await cache.waiting(partitionOf(name), { prefix: name, window: '' });
    return entries.map(({ name: bucket, delta }) => [bucket.slice(name.length), delta]);
  };
  const [[day] = []] = await waiting(old);
  await buffer.undo(now, { key: 'bob' }, interval).acknowledged;
  expect(await waiting(now)).toEqual([[day, '-3']]);
});
