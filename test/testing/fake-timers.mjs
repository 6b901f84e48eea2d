// by node --test: what fake-timers.test.ts shows of Vitest
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import { CounterService, MeteringService } from 'nestjs-fastcounter';
import { clearCounters, FastCounterTestingModule } from 'nestjs-fastcounter/testing';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400_000;

afterEach(() => mock.timers.reset());

const compile = (options) =>
  Test.createTestingModule({ imports: [FastCounterTestingModule.forRoot(options)] }).compile();

test('an application starts, counts, persists, is cleared and closes without a tick', async () => {
  mock.timers.enable({ now: NOON });
  const module = await compile();
  await module.init();
  const counters = module.get(CounterService);
  for (let count = 1; count <= 40; count++) {
    await counters.incr('a');
    assert.equal(await counters.getCount('a'), count);
  }
  await counters.incrMany(Array.from({ length: 3000 }, (_, index) => ({ name: `many-${index}` })));
  await counters.flush();
  const [row] = await counters.list({ prefix: 'a' });
  assert.deepEqual([row.value, row.updatedAt.getTime()], [40, NOON]);
  await clearCounters(module);
  assert.equal(await counters.getCount('a'), 0);
  await module.close();
});

test('windows end, and idempotency keys expire, where the time is set forward', async () => {
  mock.timers.enable({ now: NOON });
  const module = await compile({ idempotencyTtl: 60_000 });
  const [counters, metering] = [module.get(CounterService), module.get(MeteringService)];
  const quota = { limit: 1, window: 'day' };
  const taken = async () => (await metering.consume('quota', quota)).allowed;
  assert.deepEqual([await taken(), await taken()], [true, false]);
  await counters.incr('a', 1, { idempotencyKey: 'k' });
  await counters.incr('a', 1, { idempotencyKey: 'k' });
  assert.equal(await counters.getCount('a'), 1);
  mock.timers.setTime(NOON + DAY);
  assert.deepEqual([await taken(), await taken()], [true, false]);
  await counters.incr('a', 1, { idempotencyKey: 'k' });
  assert.equal(await counters.getCount('a'), 2);
  await counters.flush();
  await module.close();
});

test('an update interval that passes persists', async () => {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: NOON });
  const module = await compile({ updateInterval: 60_000 });
  const counters = module.get(CounterService);
  await counters.incr('a');
  mock.timers.tick(50_000);
  await setImmediate();
  assert.deepEqual(await counters.list(), []);
  mock.timers.tick(11_000);
  await setImmediate();
  assert.equal((await counters.list())[0].value, 1);
  await module.close();
});
