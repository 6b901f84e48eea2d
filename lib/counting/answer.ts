import { UnsafeCountError } from '../errors.js';

/** A total as its caller asked for it; throws rather than round. */
export function answer(
  name: string,
  total: bigint,
  asBigInt: boolean | undefined,
): number | bigint {
  if (asBigInt === true) return total;
  const number = Number(total);
  if (!Number.isSafeInteger(number)) throw new UnsafeCountError(name, total);
  return number;
}
