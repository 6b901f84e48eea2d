const KEYS = ['redis', 'cache'] as const;

/** By resolved options: the key, `redis` or `cache`, that was given with the value undefined. */
const found = new WeakMap<object, string>();

/** Remembers that `redis` or `cache` was given with the value undefined, as by an environment variable that is not set. */
export function noteUndefinedRedis(given: object, resolved: object): void {
  const key = KEYS.find(
    (it) => it in given && (given as Record<string, unknown>)[it] === undefined,
  );
  if (key !== undefined) found.set(resolved, key);
}

/** The key that was given with the value undefined; undefined where none was. */
export const undefinedRedis = (resolved: object): string | undefined => found.get(resolved);
