import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  type CounterCache,
  type CounterStore,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

/** Has something happen once, just before a method does its work; answers how often it did that. */
function before<Port extends object>(
  port: Port,
  method: keyof Port & string,
  happens: () => Promise<unknown>,
): () => number {
  const real = port[method] as (...args: unknown[]) => Promise<unknown>;
  let began = 0;
  let done = 0;
  const wrapped = async (...args: unknown[]): Promise<unknown> => {
    if (began++ === 0) await happens();
    const answer = await Reflect.apply<Port, unknown[], Promise<unknown>>(real, port, args);
    done++;
    return answer;
  };
  const spy = vi.spyOn(port as Record<string, () => unknown>, method).mockImplementation(wrapped);
  onTestFinished(() => spy.mockRestore());
  return () => done;
}

describe.each(MODES)('a read that is overtaken, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('by a batch between its look at the cache and the database counts nothing twice', async () => {
    const [reading, writing] = started();
    await writing.counters.incr('persisted-between', 5);
    const calls = before(reading.app.get<CounterStore>(COUNTER_STORE), 'read', () =>
      writing.counters.flush(),
    );
    expect(await reading.counters.getCount('persisted-between')).toBe(5);
    expect(calls()).toBeGreaterThan(0);
    expect(await reading.counters.getCount('persisted-between')).toBe(5);
  });

  test('by a batch before it caches the value leaves no old value behind', async () => {
    const [reading, writing] = started();
    await writing.counters.incr('cached-late', 5);
    await writing.counters.flush();
    const calls = before(reading.app.get<CounterCache>(COUNTER_CACHE), 'fill', async () => {
      await writing.counters.incr('cached-late', 2);
      await writing.counters.flush();
    });
    expect(await reading.counters.getCount('cached-late')).toBe(5);
    await expect.poll(calls).toBe(1);
    expect(await reading.counters.getCount('cached-late')).toBe(7);
    expect(await writing.counters.getCount('cached-late')).toBe(7);
  });

  test.each(['incrAndGet', 'reset'] as const)(
    'by a batch that %s needs answers with the total as it is',
    async (verb) => {
      const [reading, writing] = started();
      const name = `needed-by-${verb}`;
      await writing.counters.incr(name, 5);
      before(reading.app.get<CounterStore>(COUNTER_STORE), 'read', () => writing.counters.flush());
      const { counters } = reading;
      const answer = await (verb === 'reset' ? counters.reset(name) : counters.incrAndGet(name));
      expect(answer).toBe(verb === 'reset' ? 5 : 6);
      expect(await writing.counters.getCount(name)).toBe(verb === 'reset' ? 0 : 6);
    },
  );
});
