import { realTimers } from '../real-timers.js';

/** Pauses between attempts, in milliseconds. */
interface Pauses {
  /** After the first attempt. */
  first: number;
  longest: number;
  /** How many times longer each pause is than the one before it. @default 2 */
  growth?: number;
}

/** How long to pause after an attempt that failed, in milliseconds; the first attempt has number 0. */
export const backOff = (attempt: number, { first, longest, growth = 2 }: Pauses): number =>
  Math.min(first * growth ** attempt, longest);

/** A random time between two fractions of `milliseconds`: processes that began together must not come together. */
export const spread = (milliseconds: number, from: number, to: number): number =>
  milliseconds * (from + Math.random() * (to - from));

/** Keeps the process alive meanwhile. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => realTimers.timeout(resolve, milliseconds));
