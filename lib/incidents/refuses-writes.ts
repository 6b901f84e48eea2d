/** How Redis begins to say so; before Redis 7, a script says it at the end of its own message. */
const REFUSES = /^(READONLY|OOM|MISCONF|NOREPLICAS)\b|: -READONLY\b/;
/** Errors around one another. */
const DEEPEST = 5;

/** Whether Redis answered that it takes no writes, as a replica or with a full memory: it is there. */
export function refusesWrites(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < DEEPEST && cause instanceof Error; depth++) {
    if (REFUSES.test(cause.message)) return true;
    ({ cause } = cause);
  }
  return false;
}
