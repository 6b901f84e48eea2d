import { quote } from '../../../errors.js';
import type { Int64String } from '../../../words/int64.js';

const INT64 = /^-?\d{1,19}$/;

/** A part of an answer that must be a whole number, in digits. Throws what is one error, and no more. */
export function int64(value: unknown): Int64String {
  if (typeof value === 'string' && INT64.test(value)) return value;
  throw new TypeError(`Redis answered ${quote(value)} where a whole number has to be`);
}

/** The same, where it is known to be small. */
export function whole(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new TypeError(`Redis answered ${quote(value)} where a whole number has to be`);
}
