import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from 'vitest';
import {
  COUNTER_STORE,
  CounterEvents,
  type CounterEventMap,
  CounterService,
  InvalidArgumentError,
  MeteringService,
  ParkedCounts,
  type ports,
} from '../../lib/index.js';
import { clearCounters } from '../../lib/testing/index.js';
import { compile } from './start.js';

const LOSSES = ['redisWiped', 'parked', 'redisLostWrites', 'databaseWentBack', 'rowsChanged'];

/** Events of incidents from now on. */
function losses(events: CounterEvents): string[] {
  const told: string[] = [];
  for (const event of LOSSES as (keyof CounterEventMap)[]) events.on(event, () => told.push(event));
  return told;
}

describe('clearCounters()', () => {
  test('makes counters, windows and quotas zero, persisted and pending ones', async () => {
    const module = await compile({ windows: { counters: [{ prefix: '', windows: ['hour'] }] } });
    const [counters, metering] = [module.get(CounterService), module.get(MeteringService)];
    const quota = { limit: 2, window: 'day', dimensions: { tenant: 'acme' } } as const;
    for (let round = 0; round < 3; round++) {
      await counters.incr('persisted', 3);
      await metering.consume('quota', quota);
      await metering.consume('quota', quota);
      await counters.flush();
      await counters.incr('persisted');
      await counters.incr('pending');
      expect(await counters.getCounts(['persisted', 'pending'])).toEqual([4, 1]);
      expect(await metering.consume('quota', quota)).toMatchObject({ allowed: false });
      await clearCounters(module);
      expect(await counters.getCounts(['persisted', 'pending'])).toEqual([0, 0]);
      expect(await counters.list()).toEqual([]);
      const hour = { window: 'hour', from: new Date(Date.now() - 1) } as const;
      const series = await metering.series('persisted', hour);
      expect(series.map(({ value }) => value)).not.toContain(4);
      expect(await metering.consume('quota', { ...quota, delta: 0 })).toMatchObject({ used: 0 });
    }
  });

  test('forgets idempotency keys, what is put aside, and which counters were new', async () => {
    const module = await compile({ newCounterLimits: [{ prefix: 'user:', limit: 1 }] });
    const counters = module.get(CounterService);
    const max = 2n ** 63n - 1n;
    for (let round = 0; round < 2; round++) {
      await counters.incr('a', 1, { idempotencyKey: 'k' });
      await counters.incr('a', 1, { idempotencyKey: 'k' });
      expect(await counters.getCount('a')).toBe(1);
      expect(await counters.incrOnce('a', 'k', { within: 60_000 })).toBe(true);
      await counters.incr('user:1');
      await counters.incr('user:2');
      expect(await counters.getCount('user:(other)')).toBe(1);
      // a row that somebody changed: the increment would take it out of the range
      await counters.incr('full');
      await counters.flush();
      rowsOf(module.get<object>(COUNTER_STORE)).set('full', rowOf(max));
      await counters.incr('full');
      await counters.flush();
      expect(await module.get(ParkedCounts).list()).toHaveLength(1);
      await clearCounters(module);
      expect(await module.get(ParkedCounts).list()).toEqual([]);
      expect(await counters.getCount('full')).toBe(0);
    }
  });

  test('forgets which events were imported, and corrections', async () => {
    const module = await compile({ windows: { counters: [{ prefix: '', windows: ['day'] }] } });
    const metering = module.get(MeteringService);
    const at = Date.now();
    const credit = {
      window: 'day',
      at,
      delta: 3,
      id: 'credit',
      by: 'ann',
      reason: 'test',
    } as const;
    for (let time = 0; time < 2; time++) {
      const events = [{ id: 'e1', name: 'api', at }];
      expect(await metering.importEvents(events)).toMatchObject({ counted: 1, repeated: 0 });
      expect(await metering.correct('api', credit)).toMatchObject({ made: true });
      expect(await metering.corrections('api', { window: 'day' })).toHaveLength(1);
      // it is persisted by itself, and others may ask for that meanwhile
      await module.get(CounterService).flush();
      await clearCounters(module);
    }
  });

  test.each(['before', 'while'] as const)(
    'forgets what was called %s it began, at whatever step that is, and counts what comes later',
    async (when) => {
      const module = await compile({ updateInterval: 0 });
      const counters = module.get(CounterService);
      const told = losses(module.get(CounterEvents));
      // further and further along the way: buffered, pending, claimed, in the transaction, acknowledged
      for (let steps = 0; steps < 60; steps++) {
        const before = [counters.incr('a'), counters.incrAndGet('a'), counters.set('b', 7)];
        const flushed = counters.flush();
        const read = counters.getCount('a');
        if (when === 'while') for (let step = 0; step < steps; step++) await Promise.resolve();
        await clearCounters(module);
        expect(await counters.getCounts(['a', 'b'])).toEqual([0, 0]);
        await counters.incr('a');
        await Promise.all([...before, flushed, read]);
        await counters.flush();
        expect(await counters.getCounts(['a', 'b'])).toEqual([1, 0]);
        expect((await counters.list()).map(({ name, value }) => [name, value])).toEqual([['a', 1]]);
        await clearCounters(module);
      }
      expect(told).toEqual([]);
    },
  );

  test('a batch that is being persisted comes too late', async () => {
    const module = await compile();
    const counters = module.get(CounterService);
    const store = module.get<ports.CounterStore>(COUNTER_STORE);
    const told = losses(module.get(CounterEvents));
    const apply = store.apply.bind(store);
    for (const late of ['the transaction', 'its answer']) {
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      let begun = (): void => undefined;
      const persisting = new Promise<void>((resolve) => (begun = resolve));
      store.apply = async (...given) => {
        const before = late === 'its answer' ? await apply(...given) : undefined;
        begun();
        await held;
        return before ?? apply(...given);
      };
      await counters.incr('a', 5);
      const flushed = counters.flush();
      await persisting;
      await clearCounters(module);
      store.apply = apply;
      goOn();
      await flushed;
      await counters.incr('a', 1);
      await counters.flush();
      expect(await counters.getCount('a'), late).toBe(1);
      expect((await counters.list()).map(({ value }) => value)).toEqual([1]);
      await clearCounters(module);
    }
    expect(told).toEqual([]);
  });

  test('takes an application, a testing module and a ModuleRef, and leaves listeners', async () => {
    const module = await compile();
    const app = module.createNestApplication({ logger: false });
    const counters = module.get(CounterService);
    let persisted = 0;
    module.get(CounterEvents).on('persisted', () => persisted++);
    for (const given of [module, app, module.get(ModuleRef)]) {
      await counters.incr('a');
      await clearCounters(given);
      expect(await counters.getCount('a')).toBe(0);
    }
    await counters.incr('a');
    await counters.flush();
    expect(persisted).toBe(1);
  });

  test('before anything was counted does nothing', async () => {
    const module = await compile();
    await clearCounters(module);
    await module.get(CounterService).incr('a');
    expect(await module.get(CounterService).getCount('a')).toBe(1);
  });

  test('refuses an application without the testing module, and says what is missing', async () => {
    const module = await Test.createTestingModule({}).compile();
    const cleared = clearCounters(module);
    await expect(cleared).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(cleared).rejects.toThrow(/FastCounterTestingModule\.forRoot\(\).+testing\.md/);
  });
});

/** Rows of the memory that a testing module has, as an operator changes rows of a table. */
function rowsOf(store: object): Map<string, { value: bigint }> {
  const { tables } = store as { tables: { rowsOf(namespace: string): Map<string, never> } };
  return tables.rowsOf('default');
}

function rowOf(value: bigint) {
  return { value, createdAt: Date.now(), updatedAt: Date.now() };
}
