import { describe, expect, onTestFinished, test } from 'vitest';
import {
  CounterEvents,
  InvalidArgumentError,
  MeteringService,
  type OnceOptions,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { redisCommands } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';
import { useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;
const within = HOUR;

describe.each(MODES)('incrOnce() and undoOnce(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR });

  test('a key counts once, from whatever process, also when it was persisted', async () => {
    const [first, second] = started();
    expect(await first.counters.incrOnce('seen', 'ann', { within })).toBe(true);
    expect(await first.counters.incrOnce('seen', 'ann', { within })).toBe(false);
    expect(await second.counters.incrOnce('seen', 'ann', { within: 1, delta: 5 })).toBe(false);
    expect(await second.counters.incrOnce('seen', 'bob', { within, delta: 5n })).toBe(true);
    expect(await second.counters.incrOnce('other', 'ann', { within })).toBe(true);
    await first.counters.flush();
    expect(await second.counters.incrOnce('seen', 'ann', { within })).toBe(false);
    expect(await first.counters.getCounts(['seen', 'other'])).toEqual([6, 1]);
    await first.counters.flush();
    expect(await first.row('seen')).toBe(6n);
  });

  test('of calls at the same time one counts', async () => {
    const applications = started();
    for (const key of ['ann', 'bob', 'cid']) {
      const answers = await Promise.all(
        Array.from({ length: 50 }).flatMap(() =>
          applications.map(({ counters }) => counters.incrOnce('together', key, { within })),
        ),
      );
      expect(answers.filter((counted) => counted)).toHaveLength(1);
    }
    expect(await applications[0].counters.getCount('together')).toBe(3);
  });

  test('what counted is taken back once, and the key counts again', async () => {
    const [{ counters, row }, second] = started();
    await counters.incrOnce('likes', 'ann', { within, delta: 3 });
    await counters.incrOnce('likes', 'bob', { within });
    await counters.flush(['likes']);
    const undone = await Promise.all(
      [counters, second.counters].map((it) => it.undoOnce('likes', 'ann')),
    );
    expect(undone.sort()).toEqual([false, true]);
    expect(await counters.undoOnce('likes', 'nobody')).toBe(false);
    expect(await counters.getCount('likes')).toBe(1);
    expect(await counters.incrOnce('likes', 'ann', { within })).toBe(true);
    expect(await counters.getCount('likes')).toBe(2);
    await counters.flush(['likes']);
    expect(await row('likes')).toBe(2n);
  });

  test('the windows of the increment count once, too, and are taken back', async () => {
    const [{ counters, app }] = started();
    const metering = app.get(MeteringService);
    const windows = ['day', 'month'] as const;
    const counts = () =>
      Promise.all(
        windows.map(async (window) => {
          const [point] = await metering.series('windowed', { window, from: new Date() });
          return point?.value;
        }),
      );
    await counters.incrOnce('windowed', 'ann', { within, windows });
    await counters.incrOnce('windowed', 'ann', { within, windows });
    await counters.incrOnce('windowed', 'bob', { within, delta: 4, windows: ['day'] });
    await counters.flush(['windowed']);
    expect(await counts()).toEqual([5, 1]);
    await counters.undoOnce('windowed', 'ann');
    expect(await counts()).toEqual([4, 0]);
    await counters.undoOnce('windowed', 'bob');
    await counters.flush();
    expect(await counts()).toEqual([0, 0]);
  });

  test('a key that is no longer known counts again, and is not taken back', async () => {
    const [{ counters }] = started();
    await counters.incrOnce('short', 'ann', { within: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await counters.undoOnce('short', 'ann')).toBe(false);
    expect(await counters.incrOnce('short', 'ann', { within })).toBe(true);
    expect(await counters.getCount('short')).toBe(2);
  });

  test('set() and reset() leave keys known, delete() forgets them', async () => {
    const [{ counters }] = started();
    await counters.incrOnce('cleared', 'ann', { within });
    await counters.set('cleared', 5);
    await counters.reset('cleared');
    expect(await counters.incrOnce('cleared', 'ann', { within })).toBe(false);
    await counters.delete('cleared');
    expect(await counters.undoOnce('cleared', 'ann')).toBe(false);
    expect(await counters.incrOnce('cleared', 'ann', { within })).toBe(true);
    expect(await counters.incrOnce('cleared', 'ann', { within })).toBe(false);
    expect(await counters.getCount('cleared')).toBe(1);
  });

  test('an increment that overflowed does not use up its key, and nothing is taken back that cannot be', async () => {
    const [{ counters }] = started();
    await counters.incr('full', INT64_MAX);
    await expect(counters.incrOnce('full', 'ann', { within })).rejects.toMatchObject({
      code: 'COUNTER_OVERFLOW',
    });
    await counters.incr('full', -1);
    expect(await counters.incrOnce('full', 'ann', { within })).toBe(true);
    // of a bucket that only the cache knows
    const options = { within, delta: INT64_MAX, windows: ['day'] } as const;
    expect(await counters.incrOnce('huge', 'ann', options)).toBe(true);
    await counters.flush(['huge']);
    expect(await counters.undoOnce('huge', 'ann')).toBe(true);
    expect(await counters.getCount('huge')).toBe(0);
  });

  test.each<[string, unknown, string]>([
    ['no options', undefined, 'The options of incrOnce() must be an object'],
    ['no time', {}, 'must be whole milliseconds from 1 to 34560000000'],
    ['no time at all', { within: 0 }, 'within (given: 0) must be'],
    ['a part of a millisecond', { within: 1.5 }, 'given: 1.5'],
    ['for ever', { within: Infinity }, 'insert a row with a unique key'],
    ['401 days', { within: 401 * 24 * HOUR }, 'insert a row with a unique key'],
    ['a key of another kind', { within, idempotencyKey: 'k' }, 'has no option "idempotencyKey"'],
    ['a delta of 0', { within, delta: 0 }, 'delta must not be 0'],
    ['a wrong interval', { within, updateInterval: -1 }, 'updateInterval must be'],
    ['a wrong window', { within, windows: ['year'] }, 'Each of windows must be'],
  ])('refuses %s', async (_, options, message) => {
    const [{ counters }] = started();
    const call = counters.incrOnce('wrong', 'ann', options as OnceOptions);
    await expect(call).rejects.toThrow(InvalidArgumentError);
    await expect(call).rejects.toThrow(message);
  });

  test.each([
    ['an empty key', ''],
    ['a key of 1001 characters', 'x'.repeat(1001)],
    ['half a character', '\ud83d'],
    ['a number', 5],
  ])('refuses %s', async (_, key) => {
    const [{ counters }] = started();
    const message = 'key must be a well-formed string of 1 to 1000 characters';
    await expect(counters.incrOnce('wrong', key as string, { within })).rejects.toThrow(message);
    await expect(counters.undoOnce('wrong', key as string)).rejects.toThrow(message);
    expect(await counters.getCount('wrong')).toBe(0);
    expect(await counters.incrOnce('right', 'x'.repeat(1000), { within })).toBe(true);
    expect(await counters.undoOnce('right', 'x'.repeat(1000))).toBe(true);
  });
});

test('a key that counts once and that Redis lost counts again, and is not taken back', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const application = await startApplication({ redis: redis.url });
  onTestFinished(() => application.close());
  const { counters } = application;
  expect(await counters.incrOnce('again', 'ann', { within })).toBe(true);
  await counters.flush();
  await (
    await redisCommands(redis.url)
  )('FLUSHALL');
  // the first call after a loss may be told that its outcome is unknown
  await counters.getCount('again');
  await counters.incr('other').catch(() => undefined);
  expect(await counters.undoOnce('again', 'ann')).toBe(false);
  expect(await counters.incrOnce('again', 'ann', { within })).toBe(true);
  expect(await counters.getCount('again')).toBe(2);
});

test('a counter beyond the limit of new ones is refused: its key counts nowhere', async () => {
  const newCounterLimits = [{ prefix: 'none:', limit: 0 }];
  const application = await startApplication({ mode: 'embedded', newCounterLimits });
  onTestFinished(() => application.close());
  const { counters, app } = application;
  const told: unknown[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => told.push(error));
  await expect(counters.incrOnce('none:new', 'ann', { within })).rejects.toMatchObject({
    code: 'NEW_COUNTER_LIMIT',
  });
  expect(told).toHaveLength(1);
  expect(await counters.undoOnce('none:new', 'ann')).toBe(false);
  expect(await counters.getCount('none:(other)')).toBe(0);
});
