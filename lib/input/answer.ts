import type { Total } from '../words/int64.js';
import { UnsafeCountError } from '../errors.js';

/** A total as its caller asked for it; throws rather than round. */
export function answer(name: string, total: Total, asBigInt: boolean | undefined): number | bigint {
  if (asBigInt === true) return BigInt(total);
  const number = Number(total);
  if (!Number.isSafeInteger(number)) throw new UnsafeCountError(name, BigInt(total));
  return number;
}
