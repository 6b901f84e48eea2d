import { getQueueToken } from '@nestjs/bull';
import type { JobCounts, Queue } from 'bull';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';
import { repeatedly } from '../support/repeatedly.js';

const QUEUES = 5;
const INTERVALS = [0, 300, 1200, 2500, 10_000];

const queuesOf = ({ app }: Application): Queue[] =>
  Array.from({ length: QUEUES }, (_, partition) =>
    app.get<Queue>(getQueueToken(`PersistCounter${partition}`)),
  );

/** Jobs of each queue that wait or are delayed. */
async function waitingJobs(application: Application): Promise<number[]> {
  const counts = await Promise.all(queuesOf(application).map((queue) => queue.getJobCounts()));
  return (counts as (JobCounts & { paused: number })[]).map(
    ({ waiting, delayed, paused }) => waiting + delayed + paused,
  );
}

describe('under constant load', () => {
  const applications: Application[] = [];

  beforeAll(async () => {
    const first = await startApplication();
    const { namespace, databaseUrl } = first;
    applications.push(first);
    for (let more = 0; more < 2; more++) {
      applications.push(await startApplication({ namespace, databaseUrl }));
    }
  });
  afterAll(async () => {
    for (const application of applications.reverse()) await application.close();
  });

  test('no more than two jobs of a partition wait, whatever the intervals and flushes', async () => {
    const [first] = applications as [Application];
    let calls = 0;
    const loads = applications.map(({ counters }, index) =>
      repeatedly(async () => {
        const updateInterval = INTERVALS[calls % INTERVALS.length];
        const name = `hot-${calls++ % 23}`;
        await counters.incr(name, 1, { updateInterval });
        if (calls % (40 + index) === 0) await counters.flush([name]);
      }),
    );
    const most: number[] = [];
    for (let sample = 0; sample < 60; sample++) {
      most.push(Math.max(...(await waitingJobs(first))));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await Promise.all(loads.map((load) => load.stop()));
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
    expect(Math.max(...most)).toBeGreaterThan(0);

    // the last job finds nothing to do, and asks for no other
    await first.counters.flush();
    await expect.poll(() => waitingJobs(first)).toEqual(Array.from({ length: QUEUES }, () => 0));
    const names = Array.from({ length: 23 }, (_, index) => `hot-${index}`);
    const totals = await first.counters.getCounts(names);
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(calls);
  });

  test('flushing a counter again and again leaves no job behind', async () => {
    const [first] = applications as [Application];
    for (let round = 0; round < 20; round++) {
      await first.counters.incr('flushed');
      await first.counters.flush(['flushed']);
    }
    await expect.poll(async () => Math.max(...(await waitingJobs(first)))).toBe(0);
    expect(await first.row('flushed')).toBe(20n);
  });
});

describe('while the queues are paused', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({ updateInterval: 500, sweepInterval: 200 });
  });
  afterAll(() => application.close());

  test('counts arrive, the pause is told once a partition, and no further jobs are made', async () => {
    const { counters, events } = application;
    const paused: number[] = [];
    events.on('queuePaused', ({ partition }) => paused.push(partition));
    const queues = queuesOf(application);
    await Promise.all(queues.map((queue) => queue.pause()));
    const names = Array.from({ length: 40 }, (_, index) => `paused-${index}`);
    let rounds = 0;
    const load = repeatedly(async () => {
      await counters.incrMany(names.map((name) => ({ name })));
      rounds++;
    });
    for (let round = 0n; round < 4n; round++) {
      const before = (await application.row('paused-0')) ?? 0n;
      await expect.poll(() => application.row('paused-0')).toBeGreaterThan(before);
    }
    expect(paused.sort()).toEqual([0, 1, 2, 3, 4]);
    const { partitions } = await counters.status();
    for (const { jobs } of partitions) {
      expect(jobs?.paused).toBe(1);
      expect((jobs?.waiting ?? 0) + (jobs?.delayed ?? 0)).toBe(0);
    }
    await load.stop();
    await Promise.all(queues.map((queue) => queue.resume()));
    await counters.flush();
    expect(await application.row('paused-7')).toBe(BigInt(rounds));
    expect(await waitingJobs(application)).toEqual(Array.from({ length: QUEUES }, () => 0));
  });
});
