import { afterEach, describe, expect, test, vi } from 'vitest';
import { Departures } from '../../../../lib/counting/sending/departures.js';

afterEach(() => void vi.useRealTimers());

/** Whether a lane has left. */
function departing(departures: Departures): { left: boolean } {
  const lane = { left: false };
  void (departures.next() ?? Promise.resolve()).then(() => (lane.left = true));
  return lane;
}

/** Until the queues of microtasks and ticks are empty. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('lanes that call together', () => {
  test('call at once while no call is under way', () => {
    expect(new Departures().next()).toBeUndefined();
  });

  test('wait until all calls under way are answered, and then leave together', async () => {
    const departures = new Departures();
    departures.begin();
    departures.begin();
    const lanes = [departing(departures), departing(departures)];
    departures.end();
    await settled();
    expect(lanes).toEqual([{ left: false }, { left: false }]);
    departures.end();
    await settled();
    expect(lanes).toEqual([{ left: true }, { left: true }]);
    expect(departures.next()).toBeUndefined();
  });

  test('leave when the callers who were answered have called again', async () => {
    const departures = new Departures();
    departures.begin();
    const order: string[] = [];
    void departures.next()?.then(() => order.push('lane'));
    await Promise.resolve().then(() => departures.end());
    // a chain of microtasks, as of a caller who does several things before it calls again
    let caller = Promise.resolve();
    for (let step = 0; step < 20; step++) caller = caller.then(() => undefined);
    await caller.then(() => order.push('caller'));
    await settled();
    expect(order).toEqual(['caller', 'lane']);
  });
});

describe('with linger', () => {
  test('all leave when the first one has waited for so long', async () => {
    vi.useFakeTimers();
    const departures = new Departures(10);
    const first = departing(departures);
    await vi.advanceTimersByTimeAsync(9);
    const second = departing(departures);
    expect(first.left).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([first.left, second.left]).toEqual([true, true]);
    const third = departing(departures);
    await vi.advanceTimersByTimeAsync(9);
    expect(third.left).toBe(false);
  });

  test('a call under way keeps nobody waiting for longer', async () => {
    vi.useFakeTimers();
    const departures = new Departures(10);
    departures.begin();
    const lane = departing(departures);
    await vi.advanceTimersByTimeAsync(10);
    expect(lane.left).toBe(true);
    departures.end();
  });

  test('somebody who waits for all of them lets them leave at once', async () => {
    vi.useFakeTimers();
    const departures = new Departures(1000);
    const lane = departing(departures);
    departures.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(lane.left).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
