import { describe, expect, onTestFinished, test } from 'vitest';
import {
  InvalidArgumentError,
  InvalidCounterNameError,
  MeteringService,
  type NamedCounter,
} from '../../lib/index.js';
import { UNSAFE } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

describe('a handle', () => {
  const started = useApplication({ mode: 'embedded', updateInterval: 3_600_000 });
  const handle = (name = 'views'): NamedCounter => started().counters.counter(name);

  test('counts its name, a colon and the id', async () => {
    const { counters } = started();
    const views = handle();
    await Promise.all([
      views.incr(42),
      views.incr('42', 2),
      views.incr(42n),
      views.incr('a:b', -1),
    ]);
    expect(await counters.getCounts(['views:42', 'views:a:b'])).toEqual([4, -1]);
    expect(await views.count(42)).toBe(4);
    expect(await views.counts([42, 'a:b', -7, 42])).toEqual([4, -1, 0, 4]);
    expect(await handle('views:a').count('b')).toBe(-1);
    expect(views.nameOf(-7)).toBe('views:-7');
    expect(views.name).toBe('views');
  });

  test('passes options on', async () => {
    const orders = handle('orders');
    const once = { idempotencyKey: 'one', updateInterval: 60_000 };
    await orders.incr(1, UNSAFE, once);
    await orders.incr(1, UNSAFE, once);
    expect(await orders.count(1, { bigint: true })).toBe(UNSAFE);
    expect(await orders.counts([1, 2], { bigint: true })).toEqual([UNSAFE, 0n]);
    const settled = await orders.counts([2, 1, '', 3], { settled: true });
    expect([settled[0], settled[3]]).toEqual([0, 0]);
    expect(settled[1]).toMatchObject({ code: 'UNSAFE_COUNT' });
    expect(settled[2]).toBeInstanceOf(InvalidCounterNameError);
  });

  test('ranks its ids, with what waits', async () => {
    const { app, counters } = started();
    const songs = handle('songs');
    const windows = ['day'] as const;
    await counters.flush();
    await songs.incr(7, 5, { windows });
    await songs.incr('b:c', 9, { windows });
    await counters.incrMany([
      { name: 'songs', delta: 50, windows },
      { name: 'songs:old', delta: 20 },
      { name: 'songsters:1', delta: 90, windows },
    ]);
    const today = [
      { id: 'b:c', value: 9 },
      { id: '7', value: 5 },
    ];
    expect(await songs.top({ window: 'day' })).toEqual(today);
    expect(await songs.top({ window: 'day', limit: 1 })).toEqual(today.slice(0, 1));
    expect(await songs.top({ bigint: true })).toEqual([
      { id: 'old', value: 20n },
      { id: 'b:c', value: 9n },
      { id: '7', value: 5n },
    ]);
    const from = new Date(Date.now() - 86_400_000);
    expect(await songs.top({ window: 'day', from, to: Date.now() + 1 })).toEqual(today);
    const past = { window: 'day', from: 0, to: 86_400_000 } as const;
    expect(await songs.top(past)).toEqual([]);
    const metering = await app.get(MeteringService).top({ prefix: 'songs:', window: 'day' });
    expect(metering.map(({ name }) => songs.nameOf(name.slice(6)))).toEqual([
      ...['songs:b:c', 'songs:7'],
    ]);
  });

  test.each<[object, RegExp]>([
    [{ limit: 0 }, /limit must be a whole number from 1 to 1000, not 0/],
    [{ from: 0 }, /from and to need the option window/],
    [{ window: 'year' }, /window must be/],
    [{ prefix: 'a' }, /top\(\) has no option "prefix"; it has window, from, to, limit, bigint/],
  ])('top() refuses %j in words', async (options, words) => {
    await expect(handle('songs').top(options)).rejects.toThrow(words);
  });

  test.each([
    ['', 'Id "" of "views" must not be empty'],
    [' 7', 'must not begin or end with white space'],
    ['a\u0000', 'must not hold control characters'],
    ['a\u0301', 'normalization form C'],
    [1.5, 'must be a safe integer'],
    [NaN, 'must be a safe integer'],
    [undefined, 'must be a text or a whole number, not undefined'],
    [{ id: 7 }, 'must be a text or a whole number, not object'],
    ['x'.repeat(186), 'has more than 191 characters'],
  ])('refuses the id %j, and need not be awaited', async (id, message) => {
    const { events } = started();
    const rejected: unknown[] = [];
    events.on('rejected', ({ error }) => rejected.push(error));
    onTestFinished(() => void events.removeAllListeners('rejected'));
    const views = handle();
    // nobody awaits it: a rejection that nobody handles would fail this run
    void views.incr(id as string);
    await expect.poll(() => rejected).toHaveLength(1);
    const error = await views.count(id as string).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidCounterNameError);
    expect(String(error)).toContain(message);
    expect(String(rejected[0])).toContain(message);
    await expect(views.counts([7, id as string])).rejects.toThrow(InvalidCounterNameError);
  });

  test('refuses names that are none', async () => {
    expect(() => handle('')).toThrow(InvalidCounterNameError);
    expect(() => handle('views:')).toThrow('must not end with ":", which a handle puts between');
    await expect(handle().counts('42')).rejects.toThrow(InvalidArgumentError);
  });
});
