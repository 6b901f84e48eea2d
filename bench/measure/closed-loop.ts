import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Outcome, Task } from '../subject.js';
import { Histogram } from './histogram.js';
import { drawNames } from './names.js';

/** Above so many callers, one in ten has its latencies measured: the clock costs time, too. */
const ALL_MEASURED = 100;

/** So many callers count, each awaiting its answer before it counts again. */
export async function closedLoop(
  incr: (name: string) => Promise<unknown>,
  task: Task,
  clock: Clock,
): Promise<Outcome> {
  const { names, mask } = drawNames(task.counters);
  const latencies = new Histogram();
  let measuring = false;
  let stopped = false;
  let done = 0;

  // two loops, so that the clock is in the way of those alone who are measured
  const count = async (first: number): Promise<void> => {
    for (let position = first; !stopped; position++) {
      await incr(names[position & mask] as string);
      done++;
    }
  };
  const countMeasured = async (first: number): Promise<void> => {
    for (let position = first; !stopped; position++) {
      const called = performance.now();
      await incr(names[position & mask] as string);
      if (measuring) latencies.add(performance.now() - called);
      done++;
    }
  };

  const every = task.callers > ALL_MEASURED ? 10 : 1;
  const stride = Math.ceil(names.length / task.callers);
  const callers = Array.from({ length: task.callers }, (_, index) =>
    (index % every === 0 ? countMeasured : count)(index * stride),
  );
  const failed = Promise.all(callers);
  await Promise.race([sleep(task.warmUp), failed]);
  clock.begin();
  measuring = true;
  const before = done;
  await Promise.race([sleep(task.duration), failed]);
  measuring = false;
  const seconds = clock.end();
  const operations = done - before;
  stopped = true;
  await failed;
  const [p50 = NaN, p99 = NaN] = [latencies.quantile(0.5), latencies.quantile(0.99)];
  return { operations, seconds, latencies: { p50, p99 } };
}
