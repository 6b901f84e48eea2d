/** Increments that one counter can tell apart: 4^29 and all below it stay within 64 bits. */
export const DIGITS = 30;

export function delta(digit: number): bigint {
  return 1n << BigInt(2 * digit);
}

/** How often each increment is in a value. */
export function counts(value: bigint): number[] {
  if (value < 0n) return [Number.NaN];
  const text = value.toString(4);
  return Array.from(text, (_, index) => Number(text[text.length - 1 - index]));
}

/** The increments in a value as a bit each, however often they are in it. */
export function mask(value: bigint): number {
  return counts(value).reduce((bits, count, digit) => (count > 0 ? bits | (1 << digit) : bits), 0);
}

export function has(bits: number, digit: number): boolean {
  return (bits & (1 << digit)) !== 0;
}
