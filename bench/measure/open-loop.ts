import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Outcome, Task } from '../subject.js';
import { Histogram } from './histogram.js';
import { drawNames } from './names.js';

/**
 * Where a machine cannot keep up, calls are left out: those beyond so many under way, and those that are so many
 * milliseconds late. Made up for, they would come at once, and share what they cost.
 */
const UNDER_WAY = 500;
const LATE = 20;

export interface OpenLoopOptions {
  perSecond: number;
  /** Ends it before its time. */
  stop?: AbortSignal;
}

/** So many calls a second on average, each at a random time and awaited by itself, as requests come to an application. */
export async function openLoop(
  call: (name: string) => Promise<unknown>,
  { warmUp, duration, counters }: Task,
  { perSecond, stop }: OpenLoopOptions,
  clock: Clock,
): Promise<Outcome> {
  const { names, mask } = drawNames(counters);
  const latencies = new Histogram();
  const underWay = new Set<Promise<void>>();
  let position = Math.floor(Math.random() * names.length);
  let measuring = false;
  let operations = 0;
  /** Turns of the event loop in which calls were made. */
  let bursts = 0;
  let failure: Error | undefined;

  const callOnce = async (): Promise<void> => {
    const called = performance.now();
    await call(names[position++ & mask] as string);
    if (!measuring) return;
    latencies.add(performance.now() - called);
    operations++;
  };
  const follow = (): void => {
    if (underWay.size >= UNDER_WAY) return;
    const called = callOnce()
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .then(() => void underWay.delete(called));
    underWay.add(called);
  };
  let due = performance.now();
  const until = async (end: number): Promise<void> => {
    for (;;) {
      const now = performance.now();
      if (now >= end || failure !== undefined || stop?.aborted === true) return;
      due = Math.max(due, now - LATE);
      if (measuring && due <= now) bursts++;
      for (; due <= now; due += pause(perSecond)) follow();
      await sleep(Math.max(1, Math.min(due, end) - performance.now()));
    }
  };

  await until(performance.now() + warmUp);
  clock.begin();
  measuring = true;
  await until(performance.now() + duration);
  measuring = false;
  const seconds = clock.end();
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  const [p50 = NaN, p99 = NaN] = [latencies.quantile(0.5), latencies.quantile(0.99)];
  return { operations, seconds, latencies: { p50, p99 }, extra: { bursts } };
}

/** Milliseconds between two calls that do not know of each other. */
const pause = (perSecond: number): number => (-Math.log(1 - Math.random()) * 1000) / perSecond;
