import type { Total } from '../words/int64.js';
import { quote, UnsafeCountError } from '../errors.js';
import { inSlices } from '../words/slices.js';

/** A total as its caller asked for it; throws rather than round. */
export function answer(name: string, total: Total, asBigInt: boolean | undefined): number | bigint {
  if (asBigInt === true) return BigInt(total);
  const number = Number(total);
  if (!Number.isSafeInteger(number)) throw new UnsafeCountError(name, BigInt(total));
  return number;
}

/** The sum of all counters with a prefix, as its caller asked for it. */
export function answerSum(prefix: string, sum: bigint, asBigInt: boolean): number | bigint {
  if (asBigInt) return sum;
  const number = Number(sum);
  if (Number.isSafeInteger(number)) return number;
  throw new UnsafeCountError(prefix, sum, `The sum of the counters with prefix ${quote(prefix)}`);
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
