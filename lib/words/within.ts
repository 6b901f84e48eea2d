import { Deadline } from './deadline.js';

/** Waits for a promise to settle, at most `milliseconds`; tells whether it did. Never rejects. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, milliseconds), false);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same in milliseconds in which this process ran, and read what came for it: see `Deadline`. Never rejects. */
export function withinRunning(
  milliseconds: number,
  promise: Promise<unknown>,
  parts?: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const deadline = new Deadline(milliseconds, () => resolve(false), parts);
    const settled = (): void => {
      deadline.cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
