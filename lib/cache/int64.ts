export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** Signed 64-bit whole number in decimal digits, as Redis answers it: never through a double. */
export type Int64String = string;
