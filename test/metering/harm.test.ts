import { Injectable } from '@nestjs/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  CallNotCountedError,
  CountCalls,
  type CountedCall,
  CounterEvents,
  CounterService,
  MeteringService,
} from '../../lib/index.js';
import { startRedis } from '../support/servers/redis.js';
import { counted, startCounting } from './counting.js';

const broken = (): never => {
  throw new Error('broken');
};

@Injectable()
class Fragile {
  @CountCalls({ name: broken })
  @CountCalls({ delta: broken })
  @CountCalls({ on: broken })
  @CountCalls({ when: broken })
  @CountCalls({ name: 'kept' })
  run(what: string): string {
    return what;
  }

  @CountCalls({ name: '{args.0}' })
  named(name: unknown): unknown {
    return name;
  }

  @CountCalls({ name: 'size', delta: ({ args: [delta] }) => delta as number })
  sized(delta: unknown): unknown {
    return delta;
  }

  @CountCalls({ name: 'size', when: (() => Promise.resolve(false)) as never })
  asynchronous(): Promise<string> {
    return Promise.resolve('done');
  }

  @CountCalls({ name: 'orders', dimensions: { tenant: '{args.0}', plan: '{args.1}' } })
  order(tenant: string, plan: string): string {
    return `${tenant} ${plan}`;
  }

  @CountCalls({ name: ({ context }: CountedCall) => String(context?.getType()) })
  later(): Promise<string> {
    return Promise.resolve('later');
  }
}

test('options that throw fail their own counter only, and show', async () => {
  const app = await startCounting({ providers: [Fragile] });
  const errors: unknown[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => errors.push(error));
  expect(app.get(Fragile).run('run')).toBe('run');
  expect(await app.get(Fragile).asynchronous()).toBe('done');
  expect(await counted(app)).toEqual({ kept: 1 });
  expect(errors).toHaveLength(5);
  for (const error of errors) expect(error).toBeInstanceOf(CallNotCountedError);
  expect(errors[0]).toMatchObject({
    code: 'CALL_NOT_COUNTED',
    method: 'Fragile.run',
    message: '[fastcounter] A call of Fragile.run() was not counted: broken',
    cause: new Error('broken'),
  });
  const { refused, lastRefusal } = await app.get(CounterService).status();
  expect(refused).toEqual({ CALL_NOT_COUNTED: 5 });
  expect(lastRefusal?.error).toContain('Fragile.asynchronous()');
});

test('names and deltas that are none count nothing, and show', async () => {
  const app = await startCounting({ providers: [Fragile] });
  const codes: unknown[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => {
    codes.push((error as { code?: string }).code);
  });
  const fragile = app.get(Fragile);
  for (const name of [undefined, null, '', {}, [], 'x'.repeat(200), 'line\nbreak']) {
    expect(fragile.named(name)).toBe(name);
  }
  for (const delta of [undefined, null, 'one', 1.5, NaN, 2n ** 63n, 0, 0n]) {
    expect(fragile.sized(delta)).toBe(delta);
  }
  expect(await fragile.later()).toBe('later');
  fragile.named('fine');
  fragile.sized(-3n);
  expect(await counted(app)).toEqual({ fine: 1, size: -3, undefined: 1 });
  const twice = (code: string, times: number) => Array.from({ length: times }, () => code);
  expect(codes).toEqual([
    ...twice('CALL_NOT_COUNTED', 5),
    ...twice('INVALID_COUNTER_NAME', 2),
    ...twice('CALL_NOT_COUNTED', 6),
  ]);
});

test('a full buffer and a Redis that is away neither fail nor delay a call', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const app = await startCounting(
    { providers: [Fragile] },
    { redis: redis.url, maxBufferedNames: 3, acknowledgeTimeout: 60_000 },
  );
  const fragile = app.get(Fragile);
  fragile.named('before');
  expect(await counted(app)).toEqual({ before: 1 });
  await redis.kill();

  const rejected = vi.fn();
  app.get(CounterEvents).on('rejected', rejected);
  for (let index = 0; index < 10; index++) expect(fragile.named(`away-${index}`)).toBeTruthy();
  expect(rejected).toHaveBeenCalled();
  const { cache, buffer, refused, lastRefusal } = await app.get(CounterService).status();
  expect(cache.answers).toBe(false);
  expect(buffer).toMatchObject({ entries: 3, limit: 3 });
  expect(refused.BACKPRESSURE).toBeGreaterThanOrEqual(7);
  expect(lastRefusal?.error).toContain('maxBufferedNames');

  await redis.restart();
  await vi.waitFor(
    async () => {
      expect(await counted(app)).toEqual({ before: 1, 'away-0': 1, 'away-1': 1, 'away-2': 1 });
    },
    { timeout: 90_000, interval: 100 },
  );
});

test('a call for whose parts the buffer has no room counts nothing at all, and shows once', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const app = await startCounting(
    { providers: [Fragile] },
    { redis: redis.url, maxBufferedNames: 5, acknowledgeTimeout: 60_000 },
  );
  const fragile = app.get(Fragile);
  fragile.named('before');
  expect(await counted(app)).toEqual({ before: 1 });
  await redis.kill();
  const codes: unknown[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => {
    codes.push((error as { code?: string }).code);
  });

  // four counters, two more for another tenant: those do not fit; the first ones take further calls
  fragile.order('acme', 'pro');
  expect(fragile.order('globex', 'pro')).toBe('globex pro');
  fragile.order('acme', 'pro');
  expect(codes).toEqual(['BACKPRESSURE']);
  const metering = app.get(MeteringService);
  void metering.record('orders', 1, { dimensions: { tenant: 'initech', plan: 'pro' } });
  void metering.record('orders', 1, { dimensions: { 'no name': 'initech' } });
  expect(codes).toEqual(['BACKPRESSURE', 'BACKPRESSURE', 'INVALID_ARGUMENT']);
  const { buffer, refused } = await app.get(CounterService).status();
  expect([buffer.entries, refused]).toEqual([4, { BACKPRESSURE: 2, INVALID_ARGUMENT: 1 }]);

  await redis.restart();
  await vi.waitFor(
    async () => {
      expect(await counted(app)).toEqual({
        before: 1,
        orders: 2,
        'orders{tenant}acme': 2,
        'orders{plan}pro': 2,
        'orders{plan,tenant}pro,acme': 2,
      });
    },
    { timeout: 90_000, interval: 100 },
  );
});
