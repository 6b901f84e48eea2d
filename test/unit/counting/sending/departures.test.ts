import { afterEach, describe, expect, test, vi } from 'vitest';
import { Departures } from '../../../../lib/counting/sending/departures.js';

afterEach(() => void vi.useRealTimers());

interface Lane {
  entries: string[];
  left: boolean;
}

/** A lane with an entry. */
function departing(departures: Departures): Lane {
  const lane: Lane = { entries: ['one'], left: false };
  void (departures.next(lane.entries) ?? Promise.resolve()).then(() => (lane.left = true));
  return lane;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until nothing more comes. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await turn();
}

describe('lanes that call together', () => {
  test('call at once while no call is under way', () => {
    expect(new Departures().next([])).toBeUndefined();
  });

  test('wait until all calls under way are answered, and then leave together', async () => {
    const departures = new Departures();
    departures.begin();
    departures.begin();
    const lanes = [departing(departures), departing(departures)];
    departures.end();
    await settled();
    expect(lanes.map(({ left }) => left)).toEqual([false, false]);
    departures.end();
    await settled();
    expect(lanes.map(({ left }) => left)).toEqual([true, true]);
  });

  test('leave when the callers who were answered have called again', async () => {
    const departures = new Departures();
    departures.begin();
    const order: string[] = [];
    void departures.next(['one'])?.then(() => order.push('lane'));
    await Promise.resolve().then(() => departures.end());
    // a chain of microtasks, as of a caller who does several things before it calls again
    let caller = Promise.resolve();
    for (let step = 0; step < 20; step++) caller = caller.then(() => undefined);
    await caller.then(() => order.push('caller'));
    await settled();
    expect(order).toEqual(['caller', 'lane']);
  });

  test('leave in a turn of the event loop that brought nothing more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const departures = new Departures();
    departures.begin();
    const lane = departing(departures);
    departures.end();
    for (let turns = 0; turns < 10; turns++) {
      lane.entries.push('another');
      await turn();
      expect(lane.left).toBe(false);
    }
    await settled();
    expect(lane.left).toBe(true);
  });

  test('leave after a millisecond, however much comes', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const departures = new Departures();
    departures.begin();
    const lane = departing(departures);
    departures.end();
    vi.advanceTimersByTime(1);
    lane.entries.push('another');
    await turn();
    expect(lane.left).toBe(true);
  });

  test('wait for one another while several come at a time, though no call is under way', async () => {
    const departures = new Departures();
    departures.begin();
    const lanes = [departing(departures), departing(departures)];
    departures.end();
    await settled();
    expect(lanes.map(({ left }) => left)).toEqual([true, true]);
    const first = departures.next(['one']);
    expect(first).toBeDefined();
    // and no longer, when one comes alone
    await first;
    expect(departures.next(['one'])).toBeUndefined();
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
