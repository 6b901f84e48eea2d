import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Outcome, Task } from '../subject.js';
import { Histogram } from './histogram.js';

/** One after the other, until the time is over; `prepare` is not measured. */
export async function oneByOne(
  act: () => Promise<unknown>,
  { warmUp, duration }: Task,
  clock: Clock,
  prepare: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Outcome> {
  for (const end = performance.now() + warmUp; performance.now() < end;) {
    await prepare();
    await act();
  }
  const latencies = new Histogram();
  let operations = 0;
  let busy = 0;
  clock.begin();
  for (const end = performance.now() + duration; performance.now() < end;) {
    await prepare();
    const began = performance.now();
    await act();
    const took = performance.now() - began;
    latencies.add(took);
    busy += took;
    operations++;
  }
  clock.end();
  const [p50 = NaN, p99 = NaN] = [latencies.quantile(0.5), latencies.quantile(0.99)];
  return { operations, seconds: busy / 1000, latencies: { p50, p99 } };
}

/** Calls that wait for nothing before they return: so many in each turn of the event loop. */
const CALLS_A_TURN = 1000;

/** As fast as it goes, with a pause for input and output after every thousand. */
export async function withoutAwaiting(
  act: (position: number) => void,
  { warmUp, duration }: Task,
  clock: Clock,
): Promise<Outcome> {
  let position = 0;
  const until = async (end: number): Promise<void> => {
    while (performance.now() < end) {
      for (let i = 0; i < CALLS_A_TURN; i++) act(position++);
      await turn();
    }
  };
  await until(performance.now() + warmUp);
  const before = position;
  clock.begin();
  await until(performance.now() + duration);
  const seconds = clock.end();
  return { operations: position - before, seconds };
}
