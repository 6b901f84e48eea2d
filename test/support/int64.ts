/** The ends of the range of a counter. */
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;
/** The first value that a `number` cannot be trusted with. */
export const UNSAFE = 2n ** 53n;
