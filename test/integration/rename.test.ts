import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  FAST_COUNTER_OPTIONS,
  IdempotencyConflictError,
  InvalidArgumentError,
  InvalidCounterNameError,
  MeteringService,
  type ResolvedOptions,
} from '../../lib/index.js';
import { partitioner } from '../../lib/words/partitioner.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;
const windows = ['hour', 'day'] as const;

describe.each(MODES)('rename() and merge(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR, sweepInterval: 1000 });

  async function daysOf(name: string): Promise<number> {
    const [, second] = started();
    const from = Date.now() - 2 * 24 * HOUR;
    const series = await second.app.get(MeteringService).series(name, { window: 'day', from });
    return series.reduce((sum, { value }) => sum + value, 0);
  }

  const ofNamespace = (table: string, name: string) => {
    const [{ dataSource, namespace }] = started();
    return dataSource.query<unknown[]>(
      `SELECT * FROM ${table} WHERE namespace = $1 AND name = $2`,
      [namespace, name],
    );
  };

  /** As when `follow` has passed, the shortest of which is a minute. */
  async function endFollow(counter: string, to: string): Promise<void> {
    const [{ app }] = started();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const { queue } = app.get<ResolvedOptions>(FAST_COUNTER_OPTIONS);
    await cache.move(partitioner(queue.count)(counter), { counter, to, lasting: 200 });
    await setTimeout(300);
  }

  test('what was counted has the new name: total and windows, persisted or not', async () => {
    const [first, second] = started();
    await first.counters.incr('old', 5, { windows });
    await first.counters.flush();
    await first.counters.incr('old', 2, { windows });
    await first.counters.incr('new', 100, { windows });
    expect(await second.counters.getCount('old')).toBe(7);
    expect(await daysOf('old')).toBe(7);
    await second.counters.rename('old', 'new');
    for (const { counters } of started()) {
      expect(await counters.getCounts(['old', 'new'])).toEqual([0, 107]);
    }
    expect(await daysOf('new')).toBe(107);
    expect(await daysOf('old')).toBe(0);
    expect(await first.row('new')).toBe(107n);
    expect(await ofNamespace('fast_counter', 'old')).toEqual([]);
    expect(await ofNamespace('fast_counter_bucket', 'old')).toEqual([]);
    expect(await ofNamespace('fast_counter_outbox', 'new')).toEqual([]);
  });

  test('what comes under the old name goes to the new one within a sweep', async () => {
    const [first, second] = started();
    await first.counters.incr('straggling', 1);
    await second.counters.rename('straggling', 'straggled');
    await first.counters.incr('straggling', 10, { windows, updateInterval: 0 });
    await expect.poll(() => second.counters.getCount('straggled')).toBe(11);
    await expect.poll(() => daysOf('straggled')).toBe(10);
    expect(await first.counters.getCount('straggling')).toBe(0);
  });

  test('there and back, and again, moves it as often', async () => {
    const [{ counters }, second] = started();
    await counters.incr('here', 3);
    for (const [from, to] of [
      ['here', 'there'],
      ['there', 'here'],
      ['here', 'there'],
      ['there', 'elsewhere'],
      ['elsewhere', 'here'],
    ] as const) {
      await second.counters.rename(from, to);
      await counters.incr(to, 1);
      expect(await counters.getCount(from)).toBe(0);
    }
    await counters.flush();
    expect(await counters.getCounts(['here', 'there', 'elsewhere'])).toEqual([8, 0, 0]);
  });

  test('what is not there is moved as nothing, and what is below zero as it is', async () => {
    const [{ counters, row }] = started();
    await counters.rename('nothing', 'still-nothing');
    expect(await counters.getCounts(['nothing', 'still-nothing'])).toEqual([0, 0]);
    await counters.incr('debt', -(2n ** 62n));
    await counters.rename('debt', 'owed');
    expect(await counters.getCount('owed', { bigint: true })).toBe(-(2n ** 62n));
    expect(await row('owed')).toBe(-(2n ** 62n));
  });

  test('many come together in one, while others count with full speed, and none is lost or doubled', async () => {
    const [first, second] = started();
    const names = Array.from({ length: 150 }, (_, i) => `source:${i}`);
    await first.counters.incrMany(names.map((name) => ({ name, windows })));
    let counted = names.length;
    const still = { going: true };
    const counting = (async () => {
      for (let i = 0; still.going; i++) {
        await first.counters.incr(names[i % names.length] ?? '', 1, { windows, updateInterval: 0 });
        counted++;
      }
    })();
    await second.counters.merge(names, 'sink').finally(() => (still.going = false));
    await counting;
    expect(counted).toBeGreaterThan(names.length);
    await expect.poll(() => first.counters.getCount('sink')).toBe(counted);
    await expect.poll(() => daysOf('sink')).toBe(counted);
    expect(await first.counters.sum({ prefix: 'source:' })).toBe(0);
    await first.counters.flush();
    expect(await first.row('sink')).toBe(BigInt(counted));
  });

  test('keys that are known under an old name are known under the new one', async () => {
    const [first, second] = started();
    const within = { within: HOUR };
    await first.counters.incrOnce('keyed', 'visitor', within);
    await first.counters.incrOnce('keyed', 'other', { ...within, delta: 5 });
    await first.counters.incrOnce('keyed', 'both', within);
    await first.counters.incr('keyed', 10, { idempotencyKey: 'order' });
    await second.counters.rename('keyed', 'renamed');
    await second.counters.rename('renamed', 'renamed:again');
    for (const { counters } of started()) {
      expect(await counters.incrOnce('renamed:again', 'visitor', within)).toBe(false);
      expect(await counters.incrOnce('keyed', 'visitor', within)).toBe(false);
      await counters.incr('renamed:again', 10, { idempotencyKey: 'order' });
      await expect(counters.incr('renamed:again', 9, { idempotencyKey: 'order' })).rejects.toThrow(
        IdempotencyConflictError,
      );
    }
    expect(await second.counters.incrOnce('renamed:again', 'new', within)).toBe(true);
    expect(await first.counters.incrOnce('renamed:again', 'new', within)).toBe(false);
    expect(await first.counters.getCount('renamed:again')).toBe(18);
    const undone = started().map(({ counters }) => counters.undoOnce('renamed:again', 'both'));
    expect((await Promise.all(undone)).toSorted()).toEqual([false, true]);
    expect(await first.counters.getCount('renamed:again')).toBe(17);
    expect(await first.counters.undoOnce('renamed:again', 'other')).toBe(true);
    expect(await first.counters.undoOnce('renamed:again', 'other')).toBe(false);
    expect(await second.counters.getCounts(['renamed:again', 'keyed'])).toEqual([12, 0]);
    // in the order of the calls, though the first ones are looked for elsewhere
    const counted = Promise.all([
      first.counters.incrOnce('renamed:again', 'third', within),
      first.counters.incrAndGet('renamed:again', 1),
      first.counters.undoOnce('renamed:again', 'third'),
      first.counters.incrAndGet('renamed:again', 1),
    ]);
    expect(await counted).toEqual([true, 14, true, 14]);
  });

  test('when the old name is followed no more, it is another counter, and keys of before are known under the new one', async () => {
    const [first, second] = started();
    const within = { within: 365 * 24 * HOUR };
    await first.counters.incrOnce('views:1', 'ann', { ...within, windows });
    await first.counters.incrOnce('views:1', 'bob', within);
    await second.counters.rename('views:1', 'views:one', { follow: 60_000 });
    await endFollow('views:1', 'views:one');
    await first.counters.incr('views:1', 10);
    await second.counters.flush();
    expect(await first.counters.getCounts(['views:1', 'views:one'])).toEqual([10, 2]);
    expect(await first.counters.incrOnce('views:one', 'ann', within)).toBe(false);
    expect(await first.counters.undoOnce('views:one', 'ann')).toBe(true);
    expect(await second.counters.undoOnce('views:one', 'ann')).toBe(false);
    expect(await second.counters.getCounts(['views:1', 'views:one'])).toEqual([10, 1]);
    expect(await second.counters.incrOnce('views:one', 'ann', within)).toBe(true);
    await second.counters.flush();
    expect(await daysOf('views:one')).toBe(0);
    expect(await first.counters.getCounts(['views:1', 'views:one'])).toEqual([10, 2]);
  });

  test('a new counter of the old name and the one that was renamed have no key in common', async () => {
    const [first, second] = started();
    const within = { within: HOUR };
    await first.counters.incrOnce('shop:1', 'before', within);
    await second.counters.rename('shop:1', 'shop:one');
    await endFollow('shop:1', 'shop:one');
    // another visitor, and one who was there before, come to the new shop
    for (const visitor of ['ann', 'before']) {
      expect(await first.counters.incrOnce('shop:1', visitor, within)).toBe(true);
      expect(await second.counters.incrOnce('shop:1', visitor, within)).toBe(false);
    }
    expect(await second.counters.incrOnce('shop:one', 'before', within)).toBe(false);
    expect(await second.counters.undoOnce('shop:one', 'ann')).toBe(false);
    expect(await first.counters.incrOnce('shop:one', 'ann', within)).toBe(true);
    expect(await first.counters.getCounts(['shop:1', 'shop:one'])).toEqual([2, 2]);
    expect(await first.counters.undoOnce('shop:one', 'before')).toBe(true);
    expect(await second.counters.undoOnce('shop:1', 'before')).toBe(true);
    expect(await second.counters.undoOnce('shop:1', 'before')).toBe(false);
    expect(await second.counters.getCounts(['shop:1', 'shop:one'])).toEqual([1, 1]);
  });

  test('keys of before are known under the new name though a counter of the old one is deleted', async () => {
    const [first, second] = started();
    const within = { within: HOUR };
    await first.counters.incrOnce('posts:1', 'ann', within);
    await second.counters.rename('posts:1', 'posts:one');
    await first.counters.delete('posts:1');
    expect(await second.counters.incrOnce('posts:one', 'ann', within)).toBe(false);
    await first.counters.deletePrefix('posts:1');
    expect(await first.counters.incrOnce('posts:one', 'ann', within)).toBe(false);
    expect(await first.counters.undoOnce('posts:one', 'ann')).toBe(true);
    expect(await second.counters.getCount('posts:one')).toBe(0);
  });

  test('a name that was given away again knows no keys of the names before it', async () => {
    const [first, second] = started();
    const within = { within: HOUR };
    await first.counters.incrOnce('home', 'ann', within);
    await second.counters.rename('home', 'away');
    await second.counters.rename('away', 'home');
    await endFollow('away', 'home');
    expect(await first.counters.incrOnce('home', 'ann', within)).toBe(false);
    expect(await first.counters.incrOnce('away', 'ann', within)).toBe(true);
    expect(await second.counters.undoOnce('home', 'ann')).toBe(true);
    expect(await second.counters.getCounts(['home', 'away'])).toEqual([0, 1]);
  });

  test('takes the same call again', async () => {
    const [first, second] = started();
    await first.counters.incr('twice', 4);
    await Promise.all([
      first.counters.rename('twice', 'once'),
      second.counters.rename('twice', 'once'),
      second.counters.merge(['twice', 'twice'], 'once'),
    ]);
    expect(await first.counters.getCounts(['twice', 'once'])).toEqual([0, 4]);
  });

  test.each([
    ['to itself', (it) => it.rename('a', 'a'), InvalidArgumentError],
    ['into one of them', (it) => it.merge(['a', 'b'], 'b'), InvalidArgumentError],
    ['to no name', (it) => it.rename('a', ''), InvalidCounterNameError],
    ['from no name', (it) => it.rename('\0', 'a'), InvalidCounterNameError],
    ['of what is no list', (it) => it.merge(7 as never, 'a'), InvalidArgumentError],
    [
      'with an option that there is not',
      (it) => it.rename('a', 'b', { x: 1 } as never),
      InvalidArgumentError,
    ],
    [
      'that follow for too short',
      (it) => it.rename('a', 'b', { follow: 59_999 }),
      InvalidArgumentError,
    ],
    [
      'that follow for ever',
      (it) => it.rename('a', 'b', { follow: Infinity }),
      InvalidArgumentError,
    ],
  ] satisfies [
    string,
    (it: ReturnType<typeof started>[0]['counters']) => Promise<void>,
    unknown,
  ][])('are refused %s', async (_, call, error) => {
    await expect(call(started()[0].counters)).rejects.toThrow(error);
  });
});
