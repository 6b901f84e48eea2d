import { describe, expect, test } from 'vitest';
import { InvalidArgumentError, MeteringService } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useTwins } from '../support/use-application.js';

describe.each(MODES)('delete(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });

  test('a deleted counter reads 0 at once, and its row goes with the next batch', async () => {
    const [first, second] = started();
    await first.counters.incr('gone', 5);
    await first.counters.flush(['gone']);
    await first.counters.incr('gone', 2);
    await second.counters.delete('gone');
    expect(await first.counters.getCount('gone')).toBe(0);
    expect(await first.row('gone')).toBe(5n);
    await first.counters.flush(['gone']);
    expect(await first.row('gone')).toBeUndefined();
    expect(await first.counters.getCount('gone')).toBe(0);
    expect(await second.counters.list({ prefix: 'gone' })).toEqual([]);
  });

  test('increments after it begin at 0, whether the row is gone or not', async () => {
    const [{ counters, row }] = started();
    for (const name of ['again-before', 'again-behind']) {
      await counters.incr(name, 5);
      await counters.flush([name]);
      await counters.delete(name);
      if (name === 'again-behind') await counters.flush([name]);
      await counters.incr(name, 3);
      expect(await counters.getCount(name)).toBe(3);
      expect(await counters.incrAndGet(name)).toBe(4);
      await counters.flush([name]);
      expect(await row(name)).toBe(4n);
      expect(await counters.getCount(name)).toBe(4);
    }
  });

  test('increments that come to 0 after it leave a row at 0', async () => {
    const [{ counters, row }] = started();
    await counters.incr('zero', 5);
    await counters.flush(['zero']);
    await counters.delete('zero');
    await counters.incr('zero', 3);
    await counters.incr('zero', -3);
    await counters.flush(['zero']);
    expect(await row('zero')).toBe(0n);
  });

  test('a set after it keeps the row, too', async () => {
    const [{ counters, row }] = started();
    await counters.incr('kept', 5);
    await counters.flush(['kept']);
    await counters.delete('kept');
    await counters.set('kept', 0);
    await counters.flush(['kept']);
    expect(await row('kept')).toBe(0n);
  });

  test('takes one name or any iterable of names, known or not, twice or once', async () => {
    const [{ counters, row }] = started();
    const names = Array.from({ length: 1200 }, (_, index) => `many-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.incr('many-not-named');
    await counters.flush();
    await counters.delete(new Set([...names, 'unknown']));
    await counters.delete(['many-1', 'many-1']);
    await counters.delete([]);
    expect(await counters.getCounts(names)).toEqual(names.map(() => 0));
    await counters.flush();
    expect(await counters.list({ prefix: 'many-' })).toMatchObject([
      { name: 'many-not-named', value: 1 },
    ]);
    expect(await row('unknown')).toBeUndefined();
  });

  test('what a counter counted in windows goes with it, persisted or not, and no other', async () => {
    const [first, second] = started();
    const windows = ['minute', 'day'] as const;
    for (const name of ['windowed', 'windowed:other']) {
      await first.counters.incr(name, 5, { windows });
      await first.counters.flush();
      await first.counters.incr(name, 2, { windows });
    }
    const series = async (name: string) => {
      const read = await second.app.get(MeteringService).series(name, {
        window: 'day',
        from: Date.now() - 86_400_000,
      });
      return read.reduce((sum, { value }) => sum + value, 0);
    };
    expect(await series('windowed')).toBe(7);
    // in the order of the calls
    void second.counters.delete('windowed');
    await second.counters.incr('windowed', 3, { windows });
    expect(await series('windowed')).toBe(3);
    expect(await second.counters.getCount('windowed')).toBe(3);
    expect(await series('windowed:other')).toBe(7);
    await second.counters.delete('windowed');
    expect(await series('windowed')).toBe(0);
    await first.counters.flush();
    const left = await first.dataSource.query<{ name: string }[]>(
      'SELECT DISTINCT name FROM fast_counter_bucket WHERE namespace = $1',
      [first.namespace],
    );
    expect(left).toEqual([{ name: 'windowed:other' }]);
  });

  test('a counter with very many windows loses all of them', async () => {
    const [first] = started();
    const rows = 900;
    await first.counters.incr('old', 5);
    await first.counters.flush();
    await first.asOwner(
      `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at)
       SELECT '${first.namespace}', 'old', 'minute', to_timestamp(60 * i), 1, now() FROM generate_series(1, ${rows}) AS i`,
    );
    await first.counters.delete('old');
    await first.counters.flush();
    const left = await first.dataSource.query<unknown[]>(
      'SELECT 1 FROM fast_counter_bucket WHERE namespace = $1 AND name = $2',
      [first.namespace, 'old'],
    );
    expect(left).toEqual([]);
  });

  test('those of a prefix go, persisted or pending, also where nothing but windows is left, and no other', async () => {
    const [first, second] = started();
    const names = Array.from({ length: 30 }, (_, i) => `prefixed:${i}`);
    await first.counters.incrMany(names.slice(0, 20).map((name) => ({ name })));
    await first.counters.flush();
    await first.counters.incrMany(names.slice(10).map((name) => ({ name, windows: ['day'] })));
    await first.counters.incr('prefixed');
    await first.asOwner(
      `INSERT INTO fast_counter_bucket (namespace, name, time_window, starts_at, value, updated_at)
       VALUES ('${first.namespace}', 'prefixed:left', 'day', to_timestamp(86400), 1, now())`,
    );
    expect(await second.counters.deletePrefix('prefixed:')).toBe(31);
    expect(await first.counters.getCounts(names)).toEqual(names.map(() => 0));
    expect(await first.counters.getCount('prefixed')).toBe(1);
    await first.counters.flush();
    expect(await first.counters.count({ prefix: 'prefixed' })).toBe(1);
    expect(await second.counters.deletePrefix('prefixed:')).toBe(0);
  });

  test.each(['', undefined, 7, 'a\0'])('refuses the prefix %j', async (prefix) => {
    const [{ counters }] = started();
    await expect(counters.deletePrefix(prefix as never)).rejects.toThrow(InvalidArgumentError);
  });

  test('what was never persisted leaves no row', async () => {
    const [{ counters, row }] = started();
    await counters.incr('unborn', 5);
    await counters.delete('unborn');
    await counters.flush(['unborn']);
    expect(await row('unborn')).toBeUndefined();
  });

  test('beside increments and flushes it loses none that came after it', async () => {
    const [first, second] = started();
    for (let round = 0; round < 20; round++) {
      const before = Promise.all(Array.from({ length: 20 }, () => first.counters.incr('beside')));
      const flushed = first.counters.flush();
      await second.counters.delete('beside');
      const after = Array.from({ length: 20 }, () => first.counters.incr('beside'));
      await Promise.all([before, flushed, ...after]);
      const count = await second.counters.getCount('beside');
      expect(count).toBeGreaterThanOrEqual(20);
      expect(count).toBeLessThanOrEqual(40);
      await first.counters.flush();
      expect(await first.row('beside')).toBe(BigInt(count));
    }
  });

  test('an increment after it that is due at once takes the deletion along', async () => {
    const [{ counters, row }] = started();
    await counters.incr('on-its-own', 5);
    await counters.flush(['on-its-own']);
    await counters.delete('on-its-own');
    await counters.incr('on-its-own', 1, { updateInterval: 0 });
    await expect.poll(() => row('on-its-own')).toBe(1n);
  });

  test.each([undefined, null, 7, { name: 'a' }])('refuses %o as names', async (names) => {
    const [{ counters }] = started();
    await expect(counters.delete(names as never)).rejects.toThrow(InvalidArgumentError);
  });
});
