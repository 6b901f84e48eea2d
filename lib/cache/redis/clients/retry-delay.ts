/** How long to wait before a connection is tried again, in milliseconds. */
export const retryDelay = (attempts: number): number =>
  Math.min(50 * 2 ** Math.min(attempts, 6), 2000);
