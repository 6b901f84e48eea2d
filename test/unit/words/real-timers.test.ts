import { afterEach, expect, test, vi } from 'vitest';
import { backOff, pause } from '../../../lib/words/back-off.js';
import { inSlices, SLICE } from '../../../lib/words/slices.js';
import { microtask } from '../../../lib/real-timers.js';
import { startCounting } from '../../support/counting.js';

const interval = 60_000;

/** Jest fakes nextTick as well, which Vitest cannot in a process of its own: test/matrix has Jest. */
function fakeAll(): void {
  vi.useFakeTimers({
    toFake: [
      ...(['Date', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
    ],
  });
}

afterEach(() => void vi.useRealTimers());

test('increments that are awaited, one by one and many together, need no fake timer to go off', async () => {
  const { buffer, counted } = await startCounting();
  fakeAll();
  // more than a lane calls in a row without a turn of the event loop
  for (let i = 0; i < 40; i++) await buffer.add('a', 1, interval);
  const names = Array.from({ length: 3000 }, (_, index) => `counter-${index}`);
  await Promise.all(names.map((name) => buffer.add(name, 1, interval)));
  expect(await counted('a')).toBe(40n);
  expect(vi.getTimerCount()).toBe(0);
});

test('neither do long calls, which go on in later turns of the event loop', async () => {
  fakeAll();
  const seen: number[] = [];
  const items = Array.from({ length: 3 * SLICE }, (_, place) => place);
  await inSlices(items, (item) => void seen.push(item));
  expect(seen).toEqual(items);
});

test('a pause before another attempt passes in real time', async () => {
  fakeAll();
  await pause(backOff(0, { first: 5, longest: 5 }));
  expect(vi.getTimerCount()).toBe(0);
});

test('a microtask runs behind the code that asks for it, before a later turn', async () => {
  const order: string[] = [];
  microtask(() => order.push('microtask'));
  order.push('code');
  await Promise.resolve();
  expect(order).toEqual(['code', 'microtask']);
});
