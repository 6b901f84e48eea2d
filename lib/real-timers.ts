import * as timers from 'node:timers';

const nextTick = Reflect.get(process, 'nextTick') as (run: () => void) => void;

/**
 * What a call waits for on its way through this package, taken when this file is loaded: an application under the fake timers of
 * Jest, Vitest or node:test counts without advancing them. What is to follow a fake clock, such as windows, due times and
 * time-outs, uses the globals.
 */
export const realTimers = {
  /** Runs in the next turn of the event loop. */
  immediate: timers.setImmediate,
  /** Runs after so many milliseconds. */
  timeout: timers.setTimeout,
  /** Runs when all promises that are settled have told those who wait. A fake one, which has a clock, came before this file. */
  tick: 'clock' in nextTick ? timers.setImmediate : nextTick,
};

/** Runs behind what runs now, as `queueMicrotask()` does: Jest fakes that too. */
export const microtask = (run: () => void): void => void Promise.resolve().then(run);
