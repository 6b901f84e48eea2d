// before Redis 7 a script that is refused says so at the end of its own message
const REPLICA = /^(READONLY|UNBLOCKED)\b|: -READONLY\b/;

/** Whether a replica answered: it was a primary once, and has run nothing that writes. */
export const takesNoWrites = (error: unknown): boolean =>
  error instanceof Error && REPLICA.test(error.message);
