import { expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../../lib/cache/memory/state/memory-states.js';
import { CounterMoves } from '../../../../lib/counting/correcting/counter-moves.js';
import { CounterEvents } from '../../../../lib/events.js';
import { withoutNumber } from '../../../../lib/words/bucket-name.js';
import { add, addOnce, Partition, undo } from '../../../conformance/partition.js';

const DAY = 86_400_000;
const nothing = () => Promise.resolve();

/** Of processes without counts of their own, which persist nothing. */
const movesOn = (cache: MemoryCounterCache): CounterMoves =>
  new CounterMoves({
    cache,
    ...{ queue: { trigger: () => undefined }, events: new CounterEvents() },
    ...{ outbox: { exists: () => Promise.resolve(true) }, buffer: { whenSettled: nothing } },
    families: { bucketsOf: () => Promise.resolve(new Map()) },
    ...{ partitionOf: () => 0, setUp: nothing, flush: nothing, settle: nothing },
  });

test.each([[{}], [{ idempotencyKey: 'known' }]])(
  'two that rename there and back at the same time leave no circle, with %j',
  async (key) => {
    const settings = { queues: 1, timeZone: 'UTC' };
    const cache = new MemoryCounterCache(new MemoryStates(), settings, DEFAULT_TIMINGS);
    const p = await Partition.seeded(cache);
    await p.sender.apply(add('a', 1, key), add('b'));
    await Promise.all([
      movesOn(cache).move(['a'], 'b', undefined, 'rename()'),
      movesOn(cache).move(['b'], 'a', undefined, 'rename()'),
    ]);
    const { entries } = await p.claimed();
    expect(entries.map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
    expect(entries.filter(({ moveTo }) => moveTo !== undefined).length).toBeLessThan(2);
  },
);

test('a counter of the old name is another one when `follow` is over, however long keys of others are known', async () => {
  const start = Date.now();
  let now = start;
  const settings = { queues: 1, timeZone: 'UTC' };
  const cache = new MemoryCounterCache(new MemoryStates(), settings, DEFAULT_TIMINGS, () => now);
  const p = await Partition.seeded(cache);
  await p.sender.apply(addOnce('likes:1', 'ann', 1, { within: 365 * DAY }), add('views:a', 5));
  await movesOn(cache).move(['views:a'], 'views:b', { follow: 60_000 }, 'rename()');
  const first = await p.claimed();
  expect(first.entries).toContainEqual(
    expect.objectContaining({ name: 'views:a', moveTo: 'views:b' }),
  );
  await p.acknowledge(first);
  // a new article
  now = start + 2 * DAY;
  await p.sender.apply(add('views:a'));
  const { entries } = await p.claimed();
  expect(entries).toEqual([{ name: 'views:a', delta: '1', remove: false }]);
  // keys are looked for all the same
  const outcome = await p.sender.outcome(undo('views:b', 'ann'));
  expect(outcome?.kind === 'moved' && outcome.from.map(withoutNumber)).toEqual(['views:a']);
});

test('of many that are merged, the names of the last hundred are kept', async () => {
  const settings = { queues: 1, timeZone: 'UTC' };
  const cache = new MemoryCounterCache(new MemoryStates(), settings, DEFAULT_TIMINGS);
  const p = await Partition.seeded(cache);
  await p.sender.apply(add('a', 1, { idempotencyKey: 'known' }));
  const names = Array.from({ length: 1050 }, (_, index) => `part:${index}`);
  await movesOn(cache).move(names, 'whole', undefined, 'merge()');
  const moved = await cache.move(0, { counter: 'whole', to: 'whole' });
  // and the counter itself
  const former = moved?.former?.names.map(withoutNumber);
  expect(former).toHaveLength(101);
  expect(former).toContain('part:1049');
});
