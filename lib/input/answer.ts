import type { Total } from '../words/int64.js';
import { UnsafeCountError } from '../errors.js';
import { inSlices } from '../words/slices.js';

/** A total as its caller asked for it; throws rather than round. */
export function answer(name: string, total: Total, asBigInt: boolean | undefined): number | bigint {
  if (asBigInt === true) return BigInt(total);
  const number = Number(total);
  if (!Number.isSafeInteger(number)) throw new UnsafeCountError(name, BigInt(total));
  return number;
}

/** The totals of these counters, in their order. */
export async function answers(
  names: readonly string[],
  totals: readonly Total[],
  asBigInt: boolean | undefined,
): Promise<(number | bigint)[]> {
  const values: (number | bigint)[] = [];
  await inSlices(totals, (total, place) =>
    values.push(answer(names[place] ?? '', total, asBigInt)),
  );
  return values;
}
