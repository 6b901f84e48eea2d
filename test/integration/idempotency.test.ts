import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CounterOverflowError, IdempotencyConflictError } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { startRedis } from '../support/servers/redis.js';
import { redisCommands } from '../support/redis-cache.js';
import { useTwins } from '../support/use-application.js';

describe.each(MODES)('idempotency keys, %s', (mode) => {
  const started = useTwins(mode, { updateInterval: 3_600_000 });
  const key = (idempotencyKey: string) => ({ idempotencyKey });

  test('an increment is counted once however often its key is sent', async () => {
    const [first, second] = started();
    for (let attempt = 0; attempt < 3; attempt++) {
      await first.counters.incr('once', 5, key('order-1'));
      await second.counters.incr('once', 5, key('order-1'));
    }
    expect(await first.counters.getCount('once')).toBe(5);
  });

  test('calls at the same time count once, too', async () => {
    const applications = started();
    await Promise.all(
      Array.from({ length: 100 }).flatMap(() =>
        applications.map(({ counters }) => counters.incr('together', 1, key('order-1'))),
      ),
    );
    expect(await applications[0].counters.getCount('together')).toBe(1);
  });

  test('is remembered when the increment is persisted', async () => {
    const [{ counters, row }] = started();
    await counters.incr('persisted', 5, key('order-1'));
    await counters.flush();
    await counters.incr('persisted', 5, key('order-1'));
    await counters.flush();
    expect(await row('persisted')).toBe(5n);
  });

  test('other keys and increments without a key count on their own', async () => {
    const [{ counters }] = started();
    await Promise.all([
      counters.incr('mixed', 1),
      counters.incr('mixed', 10, key('a')),
      counters.incr('mixed', 100),
      counters.incr('mixed', 10, key('a')),
      counters.incr('mixed', 1000, key('A')),
      counters.incr('mixed', 10_000, key('á')),
      counters.incr('mixed', 100_000, key('a\0b\n 😀')),
      counters.incr('mixed', 100_000, key('a\0b\n 😀')),
    ]);
    expect(await counters.getCount('mixed')).toBe(111_111);
  });

  test('the same key with another delta is a conflict and counts nothing', async () => {
    const [{ counters }] = started();
    await counters.incr('conflict', 5, key('order-1'));
    const error = await counters
      .incr('conflict', 6, key('order-1'))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IdempotencyConflictError);
    expect(error).toMatchObject({ counter: 'conflict', idempotencyKey: 'order-1' });
    await expect(counters.incrAndGet('conflict', -5, key('order-1'))).rejects.toThrow(
      IdempotencyConflictError,
    );
    expect(await counters.getCount('conflict')).toBe(5);
    await counters.incr('conflict', 5n, key('order-1'));
    expect(await counters.getCount('conflict')).toBe(5);
  });

  test('a key stands for one increment of one counter, not of others', async () => {
    const [{ counters }] = started();
    const names = ['own-a', 'own-b', 'own-c', 'own-a:b'];
    await counters.incrMany(names.map((name) => ({ name, idempotencyKey: 'order-1' })));
    await counters.incrMany(names.map((name) => ({ name, idempotencyKey: 'order-1' })));
    expect(await counters.getCounts(names)).toEqual([1, 1, 1, 1]);
  });

  test('incrAndGet answers a repeated key with the total as it is', async () => {
    const [{ counters }] = started();
    expect(await counters.incrAndGet('get', 5, key('order-1'))).toBe(5);
    expect(await counters.incrAndGet('get', 5, key('order-1'))).toBe(5);
    await counters.incr('get', 2);
    expect(await counters.incrAndGet('get', 5, key('order-1'))).toBe(7);
  });

  test('an increment that overflowed does not use up its key', async () => {
    const [{ counters }] = started();
    await counters.incr('overflow', INT64_MAX);
    await expect(counters.incr('overflow', 5, key('order-1'))).rejects.toThrow(
      CounterOverflowError,
    );
    await counters.incr('overflow', -100);
    await counters.incr('overflow', 5, key('order-1'));
    expect(await counters.getCount('overflow', { bigint: true })).toBe(INT64_MAX - 95n);
  });

  test('reset leaves keys known, and a key does not survive its counter', async () => {
    const [{ counters }] = started();
    await counters.incr('cleared', 5, key('order-1'));
    await counters.reset('cleared');
    await counters.incr('cleared', 5, key('order-1'));
    expect(await counters.getCount('cleared')).toBe(0);
    await counters.delete('cleared');
    await counters.incr('cleared', 7, key('order-1'));
    await counters.incr('cleared', 7, key('order-1'));
    expect(await counters.getCount('cleared')).toBe(7);
  });

  test('a key is known for idempotencyTtl, and then counts anew', async () => {
    const short = await startApplication({
      mode,
      idempotencyTtl: 6_000,
      acknowledgeTimeout: 5_000,
    });
    onTestFinished(() => short.close());
    const { counters } = short;
    await counters.incr('ttl', 1, key('order-1'));
    await expect
      .poll(
        async () => {
          await counters.incr('ttl', 1, key('order-1'));
          return counters.getCount('ttl');
        },
        { interval: 200 },
      )
      // on a slow machine it may have expired more than once
      .toBeGreaterThan(1);
  });
});

test('an idempotency key survives a restart of the application', async () => {
  const namespace = `restart-${randomUUID().slice(0, 8)}`;
  const before = await startApplication({ namespace });
  const { databaseUrl } = before;
  await before.counters.incr('restarted', 5, { idempotencyKey: 'order-1' });
  await before.close();

  const after = await startApplication({ namespace, databaseUrl });
  onTestFinished(() => after.close());
  await after.counters.incr('restarted', 5, { idempotencyKey: 'order-1' });
  expect(await after.counters.getCount('restarted')).toBe(5);
  await expect(after.counters.incr('restarted', 6, { idempotencyKey: 'order-1' })).rejects.toThrow(
    IdempotencyConflictError,
  );
  await after.counters.flush();
  expect(await after.row('restarted')).toBe(5n);
});

test('an idempotency key that Redis lost counts again', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const application = await startApplication({ redis: redis.url });
  onTestFinished(() => application.close());
  const { counters } = application;
  await counters.incr('again', 5, { idempotencyKey: 'order-1' });
  await counters.flush();
  await (
    await redisCommands(redis.url)
  )('FLUSHALL');
  // the first call after a loss may be told that its outcome is unknown
  await counters.getCount('again');
  await counters.incr('other').catch(() => undefined);
  await counters.incr('again', 5, { idempotencyKey: 'order-1' });
  expect(await counters.getCount('again')).toBe(10);
});
