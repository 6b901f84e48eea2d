import { realTimers } from '../../lib/real-timers.js';
import type { Random } from './random.js';
import type { Timer, VirtualTime } from './virtual-time.js';

/** What the shipped code holds instead of a NodeJS.Timeout. */
interface Handle {
  timer: Timer;
  unref(): Handle;
  ref(): Handle;
}

type Callback = (...args: unknown[]) => void;

/** Clocks, timers and chance of this process follow the run until the answered function is called. */
export function replaceGlobals(time: VirtualTime, random: Random): () => void {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
  const { now } = Date;
  const { random: realRandom } = Math;
  const { immediate, timeout } = realTimers;

  const handle = (timer: Timer): Handle => {
    const made: Handle = { timer, unref: () => made, ref: () => made };
    return made;
  };
  const cancel = (given?: Handle): void => {
    if (given !== undefined) given.timer.cancelled = true;
  };
  const every = (run: Callback, delay: number, ...args: unknown[]): Handle => {
    const { current } = time;
    const again = (): void => {
      made.timer = time.after(delay, again, current);
      run(...args);
    };
    const made = handle(time.after(delay, again, current));
    return made;
  };
  const once = (run: Callback, delay: number, ...args: unknown[]): Handle =>
    handle(time.after(delay, () => run(...args), time.current));

  Object.assign(globalThis, {
    setTimeout: once,
    clearTimeout: cancel,
    setInterval: every,
    clearInterval: cancel,
    setImmediate: (run: Callback, ...args: unknown[]) => once(run, 0, ...args),
  });
  const { setImmediate: nextStep, setTimeout: later } = globalThis;
  Object.assign(realTimers, { immediate: nextStep, timeout: later });
  Object.defineProperty(performance, 'now', { value: () => time.now, configurable: true });
  Date.now = () => Math.floor(time.now);
  Math.random = () => random.next();

  return () => {
    Object.assign(globalThis, {
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      setImmediate,
    });
    Object.assign(realTimers, { immediate, timeout });
    Reflect.deleteProperty(performance, 'now');
    Date.now = now;
    Math.random = realRandom;
  };
}
