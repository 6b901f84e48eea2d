// before Redis 7 a script that is refused says so at the end of its own message
const REPLICA = /^(READONLY|UNBLOCKED)\b|: -READONLY\b/;

/** Whether a replica answered: it was a primary once, and has run nothing that writes. */
export const takesNoWrites = (error: unknown): boolean =>
  error instanceof Error && REPLICA.test(error.message);

/** Between two connections that are given up because their server takes no writes, in milliseconds. */
const PAUSE = 1000;

/**
 * Answers whether a connection is to be given up for an error: its server became a replica and keeps its connections,
 * while its address may lead to another by now. At most once a pause.
 */
export function whenDemoted(): (error: unknown) => boolean {
  let last = -Infinity;
  return (error) => {
    if (!takesNoWrites(error) || performance.now() - last < PAUSE) return false;
    last = performance.now();
    return true;
  };
}
