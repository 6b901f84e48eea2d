import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest';
import { BufferEntry } from '../../../../lib/counting/entries/buffer-entry.js';
import { counter } from '../../../support/counting.js';
import { EntryQueue } from '../../../../lib/counting/entries/entry-queue.js';

const entry = (name: string, awaited: boolean): BufferEntry =>
  new BufferEntry('add', counter(name), 1000, { awaited });

/** The names of what is taken, when it is. */
function take(queue: EntryQueue): { names?: string[] } {
  const taking: { names?: string[] } = {};
  const gathered = queue.gathered() ?? Promise.resolve();
  void gathered.then(() => (taking.names = queue.take().entries.map(({ name }) => name)));
  return taking;
}

const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('entries that wait for the next call', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('go at once when one is awaited', async () => {
    const queue = new EntryQueue();
    queue.push(entry('a', false));
    queue.push(entry('b', true));
    const taking = take(queue);
    await turn();
    expect(taking.names).toEqual(['a', 'b']);
    expect(queue.isEmpty).toBe(true);
  });

  test('gather for some milliseconds while nobody awaits any', async () => {
    const queue = new EntryQueue();
    queue.push(entry('a', false));
    const taking = take(queue);
    await turn();
    expect(taking.names).toBeUndefined();
    queue.push(entry('b', false));
    await vi.advanceTimersByTimeAsync(50);
    expect(taking.names).toEqual(['a', 'b']);
    queue.push(entry('c', false));
    const again = take(queue);
    await turn();
    expect(again.names).toBeUndefined();
    await vi.advanceTimersByTimeAsync(50);
    expect(again.names).toEqual(['c']);
  });

  test.each([
    ['an awaited one comes', (queue: EntryQueue) => queue.push(entry('b', true)), ['a', 'b']],
    ['somebody begins to wait', (queue: EntryQueue) => queue.hurry(), ['a']],
  ])('gather no longer when %s', async (_, hurry, names) => {
    const queue = new EntryQueue();
    queue.push(entry('a', false));
    const taking = take(queue);
    await turn();
    hurry(queue);
    await turn();
    expect(taking.names).toEqual(names);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('go when they fill a call; what is left follows at once', async () => {
    const queue = new EntryQueue();
    for (let i = 0; i < 501; i++) queue.push(entry(String(i), false));
    const [first, second] = [take(queue), take(queue)];
    await turn();
    expect(first.names).toHaveLength(500);
    expect(second.names).toEqual(['500']);
  });

  test('say whether two are of one counter, and are joined no more', () => {
    const queue = new EntryQueue();
    const [a, b] = [counter('a'), counter('b')];
    const entries = [a, b, a].map((one) => new BufferEntry('add', one, 1000));
    a.open = entries[2];
    for (const one of entries) queue.push(one);
    expect(queue.take()).toEqual({ entries, distinct: false });
    expect(a.open).toBeUndefined();
    for (const one of entries.slice(1)) queue.push(one);
    expect(queue.take()).toMatchObject({ distinct: true });
  });
});
