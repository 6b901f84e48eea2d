import { createCache } from 'cache-manager';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FlushTimeoutError, InvalidArgumentError } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { startRedis } from '../support/servers/redis.js';
import { useTwins } from '../support/use-application.js';

const HOUR = 3_600_000;

describe.each(MODES)('flush(), %s', (mode) => {
  const started = useTwins(mode, { updateInterval: HOUR });

  test('resolves only when the row has what was acknowledged before', async () => {
    const [{ counters, row }] = started();
    for (let round = 1; round <= 30; round++) {
      await counters.incr('row', 1);
      await counters.flush();
      expect(await row('row')).toBe(BigInt(round));
    }
  });

  test('takes along what was called before and is not acknowledged yet', async () => {
    const [{ counters, row }] = started();
    for (let call = 0; call < 100; call++) void counters.incr('called');
    await counters.flush();
    expect(await row('called')).toBe(100n);
  });

  test('persists what any application counted', async () => {
    const [first, second] = started();
    await first.counters.incr('theirs', 2);
    await second.counters.flush();
    expect(await first.row('theirs')).toBe(2n);
  });

  test('persists every counter of every partition', async () => {
    const [{ counters, dataSource, namespace }] = started();
    const names = Array.from({ length: 3000 }, (_, index) => `all-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.flush();
    const [found] = await dataSource.query<{ rows: string }[]>(
      `SELECT count(*) AS rows FROM fast_counter
        WHERE namespace = $1 AND name LIKE 'all-%' AND value = 1`,
      [namespace],
    );
    expect(found).toEqual({ rows: '3000' });
  });

  test('of some names leaves the others pending', async () => {
    const [{ counters, row }] = started();
    const names = Array.from({ length: 40 }, (_, index) => `some-${index}`);
    await counters.incrMany(names.map((name) => ({ name })));
    const flushed = names.filter((_, index) => index % 2 === 0);
    const left = names.filter((_, index) => index % 2 === 1);
    await counters.flush(new Set(flushed));
    expect(await Promise.all(flushed.map(row))).toEqual(flushed.map(() => 1n));
    expect(await Promise.all(left.map(row))).toEqual(left.map(() => undefined));
    expect(await counters.getCounts(left)).toEqual(left.map(() => 1));
    await counters.flush();
    expect(await Promise.all(left.map(row))).toEqual(left.map(() => 1n));
  });

  test('of thousands of names, some of them unknown, persists them', async () => {
    const [{ counters, row }] = started();
    const names = Array.from({ length: 6000 }, (_, index) => `named-${index}`);
    await counters.incrMany(names.slice(0, 5000).map((name) => ({ name })));
    await counters.flush(names);
    expect(await Promise.all(['named-0', 'named-4999', 'named-5000'].map(row))).toEqual([
      1n,
      1n,
      undefined,
    ]);
  });

  test('resolves when nothing is pending', async () => {
    const [{ counters }] = started();
    await counters.flush();
    await counters.flush();
    await counters.flush([]);
    await counters.flush(['never used']);
  });

  test('resolves for everyone who calls it at once', async () => {
    const [first, second] = started();
    await first.counters.incr('at-once', 5);
    await Promise.all([first, second, first, second].map(({ counters }) => counters.flush()));
    expect(await first.row('at-once')).toBe(5n);
  });

  test('resolves although others go on counting', async () => {
    const [first, second] = started();
    let counted = 0;
    const timer = setInterval(() => void second.counters.incr('going-on').then(() => counted++), 1);
    onTestFinished(() => clearInterval(timer));
    await expect.poll(() => counted).toBeGreaterThan(10);
    for (let round = 0; round < 20; round++) {
      const before = counted;
      await first.counters.flush();
      expect(await first.row('going-on')).toBeGreaterThanOrEqual(before);
    }
  });

  test.each([null, 'a-name', 7, { name: 'a' }])('refuses %o as names', async (names) => {
    const [{ counters }] = started();
    await expect(counters.flush(names as never)).rejects.toThrow(InvalidArgumentError);
  });
});

test('flush() gives up when no process works, and nothing is lost', async () => {
  const producer = await startApplication({ workers: false, flushTimeout: 300 });
  onTestFinished(() => producer.close());
  await producer.counters.incr('waiting', 3);
  await expect(producer.counters.flush()).rejects.toThrow(FlushTimeoutError);
  expect(await producer.row('waiting')).toBeUndefined();
  expect(await producer.counters.getCount('waiting')).toBe(3);

  const { databaseUrl, namespace } = producer;
  const worker = await startApplication({ databaseUrl, namespace });
  onTestFinished(() => worker.close());
  await worker.counters.flush();
  expect(await producer.row('waiting')).toBe(3n);
});

test('flush() waits for increments that Redis does not take no longer than flushTimeout', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { counters, close, row } = await startApplication({ redis: redis.url, flushTimeout: 500 });
  onTestFinished(close);
  await counters.incr('sent', 1, { updateInterval: HOUR });
  await redis.kill();
  counters.incr('waiting', 3).catch(() => undefined);
  await expect(counters.flush()).rejects.toMatchObject({
    code: 'FLUSH_TIMEOUT',
    message: expect.stringContaining('did not acknowledge') as string,
  });
  await redis.restart();
  const flushed = () =>
    counters.flush().then(
      () => true,
      () => false,
    );
  await expect.poll(flushed, { timeout: 30_000 }).toBe(true);
  expect(await row('waiting')).toBe(3n);
});

test('closing an embedded application persists what is pending', async () => {
  const cache = createCache();
  const first = await startApplication({ mode: 'embedded', cache, updateInterval: HOUR });
  const { databaseUrl, namespace } = first;
  await first.counters.incr('closing', 3);
  void first.counters.incr('closing', 4);
  await first.close();
  const second = await startApplication({ mode: 'embedded', databaseUrl, namespace });
  onTestFinished(() => second.close());
  expect(await second.row('closing')).toBe(7n);
  expect(await second.counters.getCount('closing')).toBe(7);
});
