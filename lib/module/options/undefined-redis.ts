const KEYS = ['redis', 'cache'] as const;

/** Resolved options that were given without a value, and the key. */
const found = new WeakMap<object, string>();

/** Remembers whether the place of the counts was to be given, and had no value: an environment variable that is not set. */
export function noteUndefinedRedis(given: object, resolved: object): void {
  const key = KEYS.find(
    (it) => it in given && (given as Record<string, unknown>)[it] === undefined,
  );
  if (key !== undefined) found.set(resolved, key);
}

/** The key that was given without a value. */
export const undefinedRedis = (resolved: object): string | undefined => found.get(resolved);
