import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import type { SeenProcess } from '../../../lib/cache/processes.js';
import { CacheUnavailableError } from '../../../lib/errors.js';
import { Silence } from '../../../lib/incidents/silence.js';
import { CounterEvents } from '../../../lib/index.js';
import { ProcessBeat } from '../../../lib/persisting/neighbours/process-beat.js';
import { WorkerWatch } from '../../../lib/persisting/neighbours/worker-watch.js';

const INTERVAL = 5;
const PATIENCE = 200;
const SAYING = { persists: true, deliveredUntil: () => 0 };

class Cache extends MemoryCounterCache {
  looks = 0;
  away = false;

  override processes(): Promise<SeenProcess[]> {
    this.looks++;
    if (this.away) return Promise.reject(new CacheUnavailableError('away'));
    return super.processes();
  }
}

function watched() {
  const states = new MemoryStates();
  const cache = new Cache(states, { queues: 2, timeZone: 'UTC' }, DEFAULT_TIMINGS);
  const events = new CounterEvents();
  const told: { milliseconds: number; counters: number }[] = [];
  events.on('noWorkers', (report) => told.push(report));
  const ended: number[] = [];
  events.on('workersBack', ({ milliseconds }) => ended.push(milliseconds));
  const watch = new WorkerWatch(cache, events, 2, INTERVAL, PATIENCE);
  watch.start();
  onTestFinished(() => watch.stop());
  const pending = (counters: number): void => {
    states.partition(1).pending.clear();
    for (let i = 0; i < counters; i++) states.partition(1).pending.set(`c${i}`, 1n);
  };
  const looks = async (): Promise<void> => {
    const before = cache.looks;
    await expect.poll(() => cache.looks).toBeGreaterThan(before + 2);
  };
  const { redis: silence } = events.silences;
  return { cache, watch, silence, told, ended, pending, looks };
}

test('counts that wait for no worker are told once, until one is seen', async () => {
  const { cache, watch, told, ended, pending, looks } = watched();
  pending(3);
  await expect.poll(() => told).toHaveLength(1);
  expect(told[0]).toMatchObject({ counters: 3 });
  expect(told[0]?.milliseconds).toBeGreaterThanOrEqual(PATIENCE);
  expect(watch.missingSince).toBeInstanceOf(Date);
  await looks();
  expect(told).toHaveLength(1);

  const beat = new ProcessBeat(cache, new Silence(), SAYING, {}, INTERVAL);
  beat.start();
  onTestFinished(() => beat.stop());
  await expect.poll(() => watch.missingSince).toBeUndefined();
  await sleep(PATIENCE);
  await looks();
  expect(told).toHaveLength(1);
  expect(ended).toHaveLength(1);
  expect(ended[0]).toBeGreaterThanOrEqual(told[0]?.milliseconds ?? NaN);

  await beat.stop();
  expect(await cache.processes()).toEqual([]);
  await expect.poll(() => told).toHaveLength(2);
});

test('where nothing waits there is nothing to tell', async () => {
  const { watch, told, ended, pending, looks } = watched();
  await sleep(PATIENCE);
  await looks();
  expect(told).toEqual([]);
  pending(1);
  await expect.poll(() => told).toHaveLength(1);
  expect(ended).toEqual([]);
  pending(0);
  await expect.poll(() => watch.missingSince).toBeUndefined();
  expect(ended).toHaveLength(1);
});

test('a Redis that is away says nothing about workers, nor just after it is back, but that it is silent', async () => {
  const { cache, silence, told, pending, looks } = watched();
  cache.away = true;
  pending(1);
  await sleep(PATIENCE);
  await looks();
  expect(silence.lasting?.error).toContain('away');
  // workers could not show themselves either: they are given the same time
  await cache.beat('one', { host: 'h', pid: 1, version: '1', persists: true, deliveredUntil: 0 });
  cache.away = false;
  await looks();
  expect(told).toEqual([]);
  expect(silence.lasting).toBeUndefined();
});
