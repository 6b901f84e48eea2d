import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { counterName } from '../measure/names.js';
import { openLoop } from '../measure/open-loop.js';
import { SubjectProcess } from '../subject-process.js';
import type { OpenSubject, World } from '../subject.js';
import { startCounting } from './application.js';

/** Fewer than the buffer takes. */
const AT_A_TIME = 50_000;
/** Of the counters that are read. */
const READ = 10_000;
/** In milliseconds: how long the reads are watched while nothing else goes on. */
const IDLE = 5000;
/** Intervals in which everything has to be persisted at the most, or it is given up. */
const PATIENCE = 60;

/**
 * So many counters, which have rows, touched as fast as one process can: how long it takes to persist them from when
 * the first one is due, and what single reads of another process take meanwhile and before.
 */
export const drainer: OpenSubject = async (world, { updateInterval }) => {
  const interval = Number(updateInterval);
  const { counters, events, close } = await startCounting(world, { updateInterval });
  const reader = new SubjectProcess('reader');
  await reader.open({ subject: 'reader', world, parameters: {} });
  let rows = 0;
  let left = 0;
  let drained: () => void = () => undefined;
  events.on('persisted', ({ counters: count }) => {
    left -= count;
    if (left <= 0) drained();
  });
  const touch = async (count: number): Promise<number> => {
    const began = performance.now();
    for (let first = 0; first < count; first += AT_A_TIME) {
      const length = Math.min(AT_A_TIME, count - first);
      const names = Array.from({ length }, (_, index) => counterName(first + index));
      await counters.incrMany(names.map((name) => ({ name })));
    }
    return (performance.now() - began) / 1000;
  };
  return {
    async run({ counters: count, perSecond }, clock) {
      if (rows < count) await makeRows(world, count);
      rows = count;
      const reading = { warmUp: 1000, duration: IDLE, callers: 0, counters: READ, perSecond };
      const idle = await reader.run(reading);
      left = count;
      const ended = new Promise<void>((resolve) => (drained = resolve));
      // until it is told to settle
      const meanwhile = reader.run({ ...reading, warmUp: 0, duration: PATIENCE * interval });
      clock.begin();
      const began = performance.now();
      const touched = await touch(count);
      const late = sleep(PATIENCE * interval, 'late', { ref: false });
      const outcome = await Promise.race([ended, late]);
      const drain = (performance.now() - began - interval) / 1000;
      const seconds = clock.end();
      await reader.settle();
      const busy = await meanwhile;
      if (outcome === 'late') throw new Error(`${left} of ${count} counters were not persisted`);
      const p99 = { idle: idle.latencies?.p99 ?? NaN, busy: busy.latencies?.p99 ?? NaN };
      return {
        operations: count,
        seconds,
        extra: { touched, drain, idleReads: p99.idle, busyReads: p99.busy },
      };
    },
    close: async () => {
      await reader.close();
      await close();
    },
  };
};

/** Single reads at random times in a process that persists nothing, until the time is over or it is told to settle. */
export const reader: OpenSubject = async (world) => {
  const { counters, close } = await startCounting(world, { workers: false });
  let stop = new AbortController();
  return {
    run(task, clock) {
      stop = new AbortController();
      const read = (name: string): Promise<unknown> => counters.getCount(name);
      return openLoop(read, task, { perSecond: task.perSecond ?? 1, stop: stop.signal }, clock);
    },
    settle: () => {
      stop.abort();
      return Promise.resolve();
    },
    close,
  };
};

async function makeRows({ postgres, namespace }: World, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `INSERT INTO fast_counter (namespace, name, value, created_at, updated_at)
     SELECT $1, 'views:article:' || lpad(index::text, 6, '0'), 1, now(), now()
     FROM generate_series(0, $2::int - 1) AS index
     ON CONFLICT DO NOTHING`,
    [namespace, count],
  );
  await client.query('VACUUM ANALYZE fast_counter');
  await client.end();
}
