import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { OutcomeUnknownError } from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';
import { lostCall } from '../../../support/faulty-cache.js';

const interval = 60_000;

describe('an outage of writing that no call is left to end', () => {
  async function left() {
    const counting = await startCounting();
    const { buffer, cache, wipe } = counting;
    cache.faults.push((run) => {
      wipe();
      return lostCall(run);
    });
    await expect(buffer.add('a', 5, interval)).rejects.toThrow(OutcomeUnknownError);
    expect(counting.events.outages.isAt('write', 0)).toBe(true);
    // the lane is idle
    await setImmediate();
    return counting;
  }

  test('ends by a call with nothing to add, and changes no counter', async () => {
    const { lanes, events, cache, counted, buffer } = await left();
    await lanes[0]?.prove();
    expect(events.outages.list()).toEqual([]);
    expect(await counted('a')).toBe(0n);
    expect((await cache.sweep(0)).pending).toBe(0);
    await buffer.add('a', 7, interval);
    expect(await counted('a')).toBe(7n);
  });

  test('lasts while what an increment needs cannot be read', async () => {
    const { lanes, events, cache } = await left();
    const sweep = cache.sweep.bind(cache);
    cache.sweep = () => Promise.reject(new Error('WRONGTYPE'));
    await lanes[0]?.prove();
    expect(events.outages.isAt('write', 0)).toBe(true);
    cache.sweep = sweep;
    await lanes[0]?.prove();
    expect(events.outages.list()).toEqual([]);
  });

  test('ends by a call that also tells what the cache forgot, once', async () => {
    const { lanes, events, cache, buffer, counted, forgetCalls } = await startCounting();
    const losses: unknown[] = [];
    events.on('redisLostWrites', (loss) => losses.push(loss));
    await buffer.add('a', 5, interval);
    cache.faults.push(lostCall, () => Promise.resolve({ status: 'interrupted' }));
    await expect(buffer.add('a', 1, interval)).rejects.toThrow(OutcomeUnknownError);
    await setImmediate();
    forgetCalls();
    await lanes[0]?.prove();
    expect(events.outages.list()).toEqual([]);
    await expect.poll(() => losses).toEqual([{ partition: 0 }]);
    await lanes[0]?.prove();
    await buffer.add('a', 7, interval);
    await setImmediate();
    expect(losses).toHaveLength(1);
    expect(await counted('a')).toBe(7n);
  });

  test('is left to a call that is under way, and increments wait for a proof that is', async () => {
    const { lanes, cache, counted, buffer } = await left();
    cache.calls.length = 0;
    cache.holdBack();
    const proof = lanes[0]?.prove();
    await cache.called(1);
    await lanes[0]?.prove();
    const waiting = buffer.add('a', 7, interval);
    expect(cache.calls).toHaveLength(1);
    cache.release();
    await Promise.all([proof, waiting]);
    expect(await counted('a')).toBe(7n);
  });
});
