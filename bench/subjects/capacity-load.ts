import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOfKeys } from '../measure/redis-memory.js';
import { SubjectProcess } from '../subject-process.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

/** Milliseconds between two looks at the memory of Redis. */
const LOOK = 1000;

/**
 * A load of `perSecond` increments, from so many processes that only count; one more persists. Tells what it takes, a second:
 * script calls by partition, rows, batches; and the most that Redis
 * held.
 */
export const capacityLoad: OpenSubject = async (world, { updateInterval, producers }) => {
  const { counters, events, close } = await startCounting(world, { updateInterval });
  const all = Array.from(
    { length: Number(producers) },
    (_, index) => new SubjectProcess(`producer ${index + 1}`),
  );
  const parameters = { updateInterval, workers: false };
  await Promise.all(all.map((one) => one.open({ subject: 'fastcounter', world, parameters })));
  const memory = await memoryOfKeys(world.redis.url, `fastcounter:{${world.namespace}:*`);
  let rows = 0;
  let batches = 0;
  events.on('persisted', (batch) => {
    batches++;
    rows += batch.counters;
  });
  return {
    async run(task, clock) {
      const { warmUp, duration, perSecond = 1 } = task;
      await counters.flush();
      const empty = await memory.used();
      const counted = Promise.all(
        all.map((one) => one.run({ ...task, perSecond: perSecond / all.length })),
      );
      await sleep(warmUp);
      const before = { rows, batches };
      const end = performance.now() + duration;
      let most = 0;
      clock.begin();
      while (performance.now() < end) {
        most = Math.max(most, (await memory.used()) - empty);
        await sleep(Math.max(0, Math.min(LOOK, end - performance.now())));
      }
      const seconds = clock.end();
      const written = { rows: rows - before.rows, batches: batches - before.batches };
      const outcomes = await counted;
      const sum = (value: (one: (typeof outcomes)[number]) => number): number =>
        outcomes.reduce((total, one) => total + value(one), 0);
      return {
        operations: sum(({ operations }) => operations),
        seconds,
        extra: {
          rows: written.rows / seconds,
          batches: written.batches / seconds,
          bursts: sum((one) => (one.extra?.['bursts'] ?? NaN) / one.seconds),
          roundTrip: sum(({ latencies }) => latencies?.p50 ?? NaN) / all.length,
          runs: sum((one) => (one.extra?.['calls'] ?? NaN) / one.seconds),
          memory: most,
        },
      };
    },
    settle: () => counters.flush(),
    close: async () => {
      await Promise.all(all.map((one) => one.close()));
      await memory.close();
      await close();
    },
  };
};
