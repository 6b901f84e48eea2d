import { setTimeout as sleep } from 'node:timers/promises';
import KeyvRedis from '@keyv/redis';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { findSource } from '../../../lib/cache/cache-source.js';
import { makeRedisCache } from '../../../lib/cache/redis/keyv-adapter.js';
import { createCounterCache } from '../../../lib/cache/create-counter-cache.js';
import { parseRedisUrl } from '../../../lib/cache/redis/clients/redis-connection.js';
import { Deadline } from '../../../lib/words/deadline.js';
import { CounterEvents } from '../../../lib/events.js';
import { startApplication } from '../../support/application.js';

/** The whole process stands: nothing is read, no timer fires. */
function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A connection to Redis, and what became known of outages. */
function openCache(commandTimeout: number, url = inject('redisUrl')) {
  const events = new CounterEvents();
  const outages: unknown[] = [];
  events.on('outage', ({ error }) => outages.push(error));
  const { outages: watched } = events;
  const settings = { namespace: `test-${process.pid}`, queues: 1, commandTimeout };
  const cache = createCounterCache(
    findSource(makeRedisCache(parseRedisUrl(url), KeyvRedis)),
    settings,
  );
  onTestFinished(() => cache.close());
  const look = () => watched.watch('read', 0, cache.look(0, ['a']));
  return { look, outages };
}

describe('a process that stands still for longer than its servers may take', () => {
  test.each([
    ['before its command is written', () => undefined],
    ['after its command is written', turn],
  ])('does not say that Redis did not answer: %s', async (_when, written) => {
    const { look, outages } = openCache(1000);
    await look();
    for (let time = 0; time < 2; time++) {
      const looked = look();
      await written();
      standStill(1500);
      await expect(looked).resolves.toMatchObject({ parts: [{}] });
    }
    expect(outages).toEqual([]);
  });

  test('does not say that the database did not answer', async () => {
    const { counters, events, close } = await startApplication({
      mode: 'embedded',
      databaseTimeout: 1500,
    });
    onTestFinished(close);
    const outages: unknown[] = [];
    events.on('outage', (outage) => outages.push(outage));
    // no transaction is open any more: a client that stands still within one is ended by the database
    const seeded = async () => (await counters.status()).partitions.every((it) => it.seeded);
    await expect.poll(seeded).toBe(true);
    for (let time = 0; time < 2; time++) {
      const listed = counters.list();
      await turn();
      standStill(2500);
      await expect(listed).resolves.toEqual([]);
    }
    expect(outages).toEqual([]);
  });
});

test('increments whose answer waits in the socket of such a process are not unknown', async () => {
  const { counters, events, close } = await startApplication({ acknowledgeTimeout: 1500 });
  onTestFinished(close);
  const unknown: unknown[] = [];
  events.on('outcomeUnknown', (event) => unknown.push(event));
  await counters.incr('stood');
  for (let time = 0; time < 2; time++) {
    const counted = counters.incr('stood');
    await turn();
    standStill(2500);
    await counted;
  }
  expect(unknown).toEqual([]);
  expect(await counters.getCount('stood')).toBe(3);
});

describe('a deadline', () => {
  test('is reached once, not before its time', async () => {
    const begun = performance.now();
    let reached = 0;
    await new Promise<void>((resolve) => {
      new Deadline(80, () => {
        reached++;
        resolve();
      });
    });
    expect(performance.now() - begun).toBeGreaterThan(75);
    await sleep(150);
    expect(reached).toBe(1);
  });

  test('that was cancelled is not reached, not even at the last moment', async () => {
    let reached = false;
    const deadline = new Deadline(40, () => (reached = true));
    await sleep(25);
    standStill(100);
    deadline.cancel();
    await sleep(100);
    expect(reached).toBe(false);
  });

  test('is reached also by a process that stands still again and again', async () => {
    let reached = false;
    new Deadline(40, () => (reached = true));
    for (let time = 0; time < 8; time++) {
      standStill(60);
      await sleep(1);
    }
    await sleep(30);
    expect(reached).toBe(true);
  });
});

test('a Redis that does not answer is told by a process that runs', async () => {
  const { look, outages } = openCache(200, 'redis://127.0.0.1:1');
  await expect(look()).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  expect(outages).toHaveLength(1);
});

test('in one part it is late by one stretch of work, and not by one for each part', async () => {
  // where the loop is busy in stretches, each timer waits for the end of the stretch in which it is due
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  await new Promise<void>((resolve) => new Deadline(23, resolve, 1));
  const parts = timers.mock.calls.filter(([, milliseconds]) => milliseconds === 23).length;
  // once more where the process stood still
  expect([1, 2]).toContain(parts);
});
