import { describe, expect, onTestFinished, test } from 'vitest';
import { CounterEvents, FastCounterModule, type WindowOptions } from '../../lib/index.js';
import { WindowRulesCheck } from '../../lib/module/engine/window-rules.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { openRedisCache } from '../support/redis-cache.js';
import { database, freshDatabase, freshNamespace, moduleOf, redis, start } from './start.js';

const DAYS: WindowOptions = { counters: [{ prefix: 'a', windows: ['day'] }] };
const HOURS: WindowOptions = { counters: [{ prefix: 'a', windows: ['hour'] }] };

/** One of them starts after the other; answers what the later one tells. */
async function told(one: WindowOptions, other: WindowOptions): Promise<string[]> {
  const { cache } = openRedisCache(redis());
  const messages: string[] = [];
  const events = new CounterEvents();
  events.on('misconfigured', ({ message }) => messages.push(message));
  const before = new WindowRulesCheck(cache, new CounterEvents(), resolved(one));
  const after = new WindowRulesCheck(cache, events, resolved(other));
  onTestFinished(() => [before, after].forEach((check) => check.stop()));
  await before.join();
  await after.join();
  return messages;
}

const resolved = (windows: WindowOptions) => resolveOptions({ windows }).windows;

describe('rules of windows that differ', () => {
  test('are told by the process that starts later', async () => {
    const namespace = freshNamespace();
    const url = await freshDatabase();
    const process = async (windows: WindowOptions) => {
      const messages: string[] = [];
      const listener = {
        provide: 'LISTENER',
        inject: [CounterEvents],
        useFactory: (events: CounterEvents) =>
          events.on('misconfigured', ({ message }) => messages.push(message)),
      };
      const counting = FastCounterModule.forRoot({ redis: redis(), namespace, windows });
      const listening = moduleOf({ providers: [listener] });
      await start({ imports: [await database({ url }), counting, listening] });
      return messages;
    };
    expect(await process(DAYS)).toEqual([]);
    const different = await process(HOURS);
    expect(different).toEqual([expect.stringContaining('"windows.counters" is another one')]);
    // the next one of a deployment finds its own
    expect(await process(HOURS)).toEqual([]);
  });

  test('are told by the older processes too, once, until they are the same again', async () => {
    const { cache } = openRedisCache(redis());
    const events = new CounterEvents();
    let messages = 0;
    events.on('misconfigured', () => messages++);
    let looks = 0;
    const watched = {
      rules: (own: string, isNew: boolean) => {
        looks++;
        return cache.rules(own, isNew);
      },
    };
    const older = new WindowRulesCheck(watched, events, resolved(DAYS), 20);
    onTestFinished(() => older.stop());
    await older.join();
    const join = async (windows: WindowOptions) => {
      const newer = new WindowRulesCheck(cache, new CounterEvents(), resolved(windows));
      await newer.join();
      newer.stop();
      const seen = looks;
      await expect.poll(() => looks).toBeGreaterThan(seen + 3);
    };
    await join(HOURS);
    expect(messages).toBe(1);
    expect(events.misconfigurations.list()).toHaveLength(1);
    await join(DAYS);
    expect(events.misconfigurations.list()).toHaveLength(0);
    await join(HOURS);
    expect(messages).toBe(2);
  });

  test.each<[what: string, one: WindowOptions, other: WindowOptions]>([
    [
      'in another order',
      {
        counters: [
          { prefix: 'a', windows: ['day', 'hour'] },
          { prefix: 'b', windows: ['day'] },
        ],
      },
      {
        counters: [
          { prefix: 'b', windows: ['day'] },
          { prefix: 'a', windows: ['hour', 'day'] },
        ],
      },
    ],
    [
      'with a rule that never holds',
      DAYS,
      {
        counters: [
          { prefix: 'a', windows: ['day'] },
          { prefix: 'ab', windows: ['hour'] },
        ],
      },
    ],
    ['with defaults written out', DAYS, { ...DAYS, retention: { day: 0 } }],
  ])('are none where they are the same %s', async (_what, one, other) => {
    expect(await told(one, other)).toEqual([]);
  });

  test.each<[what: string, one: WindowOptions, other: WindowOptions, option: string]>([
    ['a rule is missing', DAYS, {}, 'windows.counters'],
    [
      'an order that matters is another one',
      {
        counters: [
          { prefix: 'ab', windows: ['hour'] },
          { prefix: 'a', windows: ['day'] },
        ],
      },
      {
        counters: [
          { prefix: 'a', windows: ['day'] },
          { prefix: 'ab', windows: ['hour'] },
        ],
      },
      'windows.counters',
    ],
    [
      'a retention is shorter',
      DAYS,
      { ...DAYS, retention: { day: 86_400_000 } },
      'windows.retention',
    ],
  ])('are told where %s', async (_what, one, other, option) => {
    expect(await told(one, other)).toEqual([expect.stringContaining(`"${option}"`)]);
  });
});
