export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** A signed 64-bit whole number in decimal digits: exact, as it was never a double. */
export type Int64String = string;

const LARGE = 2n ** 61n;

/** Three numbers can only leave the range together when one of them is as large as this. */
export function isLarge(value: bigint): boolean {
  return value >= LARGE || value <= -LARGE;
}

/** Exact: a number only where it is a safe integer. */
export type Total = number | bigint;

/** The total of a counter's parts. The common case without big numbers: three of 15 digits are exact together. */
export function sumOf(base: Int64String, batch?: Int64String, pending?: Int64String): Total {
  if (base.length < 16 && (batch?.length ?? 0) < 16 && (pending?.length ?? 0) < 16) {
    return Number(base) + numberOf(batch) + numberOf(pending);
  }
  return BigInt(base) + BigInt(batch ?? '0') + BigInt(pending ?? '0');
}

/** What these digits are. */
export const totalOf = (digits: Int64String): Total =>
  digits.length < 16 ? Number(digits) : BigInt(digits);

/** The sum of two totals. */
export function plus(one: Total, other: Total): Total {
  const sum = typeof one === 'number' && typeof other === 'number' ? one + other : NaN;
  return Number.isSafeInteger(sum) ? sum : BigInt(one) + BigInt(other);
}

const numberOf = (part: Int64String | undefined): number => (part === undefined ? 0 : Number(part));

export function inRange(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}
