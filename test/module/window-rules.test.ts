import { describe, expect, onTestFinished, test } from 'vitest';
import type { CounterCache } from '../../lib/cache/counter-cache.js';
import {
  CacheUnavailableError,
  CounterEvents,
  CounterService,
  FastCounterModule,
  type WindowOptions,
} from '../../lib/index.js';
import { WindowRulesCheck } from '../../lib/module/engine/window-rules.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { openRedisCache } from '../support/redis-cache.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';

const A_DAY = [{ prefix: 'a', windows: ['day'] }] as const;
const DAYS: WindowOptions = { counters: A_DAY };
const HOURS: WindowOptions = { counters: [{ prefix: 'a', windows: ['hour'] }] };

/** Milliseconds: of real processes it is half a minute. */
const INTERVAL = 20;

/** Both run; answers what the later one tells within some intervals. */
async function told(one: WindowOptions, other: WindowOptions): Promise<string[]> {
  const { cache } = openRedisCache(redis());
  const events = new CounterEvents();
  const messages: string[] = [];
  events.on('misconfigured', ({ message }) => messages.push(message));
  const before = running(cache, one);
  const after = running(cache, other, events);
  await before.join();
  await after.join();
  await before.times(3);
  await after.times(3);
  return messages;
}

/** A process that says its rules to this cache, until the test ends. */
function running(cache: CounterCache, windows: WindowOptions, events = new CounterEvents()) {
  let said = 0;
  const counted: Pick<CounterCache, 'rules'> = {
    rules: async (own, remembered) => {
      const others = await cache.rules(own, remembered);
      said++;
      return others;
    },
  };
  // one that has ended is forgotten soon, and one that runs on a busy machine is not
  const check = new WindowRulesCheck(counted, events, resolved(windows), INTERVAL, 2000);
  onTestFinished(() => check.stop());
  return {
    join: () => check.join(),
    stop: () => check.stop(),
    /** Resolves when the rules were said so many more times. */
    times: async (number: number): Promise<void> => {
      const enough = said + number;
      await expect.poll(() => said, often).toBeGreaterThan(enough);
    },
  };
}

const often = { interval: 5 };
const resolved = (windows: WindowOptions) => resolveOptions({ windows }).windows;

describe('rules of windows that differ', () => {
  test('are none where the only process was started anew with other ones', async () => {
    const namespace = freshNamespace();
    const url = await freshDatabase();
    const process = async (windows: WindowOptions) => {
      const counting = FastCounterModule.forRoot({ redis: redis(), namespace, windows });
      return start({ imports: [await database({ url }), counting] });
    };
    await (await process(DAYS)).close();
    const anew = await process(HOURS);
    expect((await anew.get(CounterService).status()).problems).toEqual([]);
    // nor later, while what the other one said is still known
    const { cache } = openRedisCache(redis());
    const events = new CounterEvents();
    const before = running(cache, DAYS);
    await before.join();
    before.stop();
    const other = running(cache, HOURS, events);
    await other.join();
    await other.times(3);
    expect(events.misconfigurations.list()).toEqual([]);
  });

  test.each<[string, WindowOptions['counters']]>([
    ['one behind another that covers it', [...A_DAY, { prefix: 'ab', windows: ['hour'] }]],
    ['one before another that says the same', [{ prefix: 'ab', windows: ['day'] }, ...A_DAY]],
  ])('do the same where a rule tells nothing: %s', async (_what, counters) => {
    expect(await told(DAYS, { counters })).toEqual([]);
    expect(await told(HOURS, { counters })).toHaveLength(1);
  });

  test('are told by each of the processes that run, once, until those with other rules have ended', async () => {
    const { cache } = openRedisCache(redis());
    const all = [new CounterEvents(), new CounterEvents()] as const;
    const told: string[] = [];
    const [older, newer] = all.map((events, place) => {
      events.on('misconfigured', () => told.push(place === 0 ? 'older' : 'newer'));
      return running(cache, place === 0 ? DAYS : HOURS, events);
    }) as [ReturnType<typeof running>, ReturnType<typeof running>];
    await older.join();
    await older.times(2);
    await newer.join();
    await expect.poll(() => [...told].sort(), often).toEqual(['newer', 'older']);
    await newer.times(3);
    expect(told).toHaveLength(2);
    older.stop();
    await expect.poll(() => all[1].misconfigurations.list(), often).toEqual([]);
    expect(all[0].misconfigurations.list()).toHaveLength(1);
    // and anew
    const third = running(cache, DAYS);
    await third.join();
    await expect.poll(() => told.length, often).toBe(3);
  });

  test('are told once also where for a while nobody could say anything', async () => {
    const other = [{ said: 'other rules', age: 0 }];
    // as others say theirs again some moments after this one
    const answers = [[], other, 'away', 'away', [], other, other, [], []];
    let asked = 0;
    const cache: Pick<CounterCache, 'rules'> = {
      rules: () => {
        const answer = answers[asked++] ?? [];
        return typeof answer === 'string'
          ? Promise.reject(new CacheUnavailableError(answer))
          : Promise.resolve(answer);
      },
    };
    const events = new CounterEvents();
    const told: string[] = [];
    events.on('misconfigured', () => told.push('told'));
    const check = new WindowRulesCheck(cache, events, resolved(DAYS), INTERVAL);
    onTestFinished(() => check.stop());
    await check.join();
    await expect.poll(() => asked, often).toBeGreaterThan(answers.length);
    expect(told).toEqual(['told']);
    expect(events.misconfigurations.list()).toEqual([]);
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
