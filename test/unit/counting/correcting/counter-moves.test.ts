import { expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../../lib/cache/memory/state/memory-states.js';
import { CounterMoves } from '../../../../lib/counting/correcting/counter-moves.js';
import { CounterEvents } from '../../../../lib/events.js';
import { add, Partition } from '../../../conformance/partition.js';

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
