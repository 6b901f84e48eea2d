import Bull from 'bull';
import { afterEach, expect, inject, test } from 'vitest';
import { CounterEvents } from '../../lib/events.js';
import { BullQueue } from '../../lib/queue/bull/bull-queue.js';
import { STALLED_INTERVAL } from '../../lib/queue/bull/stalled-jobs.js';

const patient = { timeout: 30_000 };
const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** A worker whose queue looks for stalled jobs as it does where no interval is given. */
function worker(prefix: string) {
  const { hostname, port } = new URL(inject('redisUrl'));
  const redis = { host: hostname, port: Number(port) };
  const settings = { stalledInterval: STALLED_INTERVAL };
  const bull = new Bull('PersistCounter0', { prefix, redis, settings });
  const askedFor = { askedFor: () => Promise.resolve(undefined) };
  const queue = new BullQueue([bull], askedFor, new CounterEvents());
  ended.push(() => queue.close(1000));
  const runs: (string | undefined)[] = [];
  queue.work((_, job) => {
    runs.push(job);
    return Promise.resolve(undefined);
  });
  return { bull, queue, runs };
}

test('a job whose worker died is handed on by the process that sweeps, and by no other', async () => {
  const prefix = `stalled-${Math.random()}`;
  const { bull, queue, runs } = worker(prefix);
  await bull.add({ partition: 0 }, { jobId: 'first' });
  await expect.poll(() => runs, patient).toEqual(['first']);
  // one that a worker took, which then died: it has no lock
  await bull.client.hset(bull.toKey('dead'), 'name', '__default__', 'data', '{"partition":0}');
  await bull.client.hset(bull.toKey('dead'), 'opts', '{}', 'timestamp', '1');
  await bull.client.lpush(bull.toKey('active'), 'dead');
  const { moveUnlockedJobsToWaitInterval: timer } = bull as unknown as Record<string, unknown>;
  expect(timer).toBeUndefined();
  // Bull marks a job at its first look, and moves it at the next
  for (const sweeping of [queue, worker(prefix).queue]) {
    await bull.client.del(bull.toKey('stalled-check'));
    sweeping.reclaim();
    // no further look within the interval
    sweeping.reclaim();
    await expect.poll(() => bull.client.exists(bull.toKey('stalled-check')), patient).toBe(1);
  }
  await expect.poll(() => bull.getActiveCount(), patient).toBe(0);
  expect(await bull.getWaitingCount()).toBe(0);
});
