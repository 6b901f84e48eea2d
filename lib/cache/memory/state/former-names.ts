import { BUCKET_SEPARATOR } from '../../../words/bucket-name.js';
import { fieldOfKey, fieldOfNumber, type IdempotencyKeys, numberOf } from './idempotency-keys.js';

/** A key is looked for under so many names at most, the latest ones. */
const MOST_FORMER = 100;

/** A name with the number that its keys have by now, and until when keys of this number may be known: see `_moves.lua`. */
export const nameAsOf = (keys: IdempotencyKeys, counter: string, now: number): string =>
  `${numbered(keys, counter, now)} ${keys.last}`;

const numbered = (keys: IdempotencyKeys, counter: string, now: number): string =>
  `${counter}${BUCKET_SEPARATOR}${numberOf(keys, counter, now)}`;

const NUMBERED = new RegExp(`^(.*${BUCKET_SEPARATOR}(\\d+)) (\\d+)$`, 's');

/** Each once, and not the counter as it is. */
export function joinNames(
  keys: IdempotencyKeys,
  counter: string,
  given: readonly string[],
  now: number,
): string[] {
  const own = numbered(keys, counter, now);
  const names = new Map<string, string>();
  for (const each of given) {
    const [, as = each, , last = ''] = NUMBERED.exec(each) ?? [];
    const before = names.get(as);
    if (before !== undefined) {
      if (Number(NUMBERED.exec(before)?.[3]) < Number(last)) names.set(as, each);
    } else if (as !== own && names.size < MOST_FORMER) names.set(as, each);
  }
  return [...names.values()];
}

/** Where a key of a former name is kept; of another name, its key of now. Undefined where none is known any more. */
export function fieldAsOf(
  keys: IdempotencyKeys,
  name: string,
  digest: string,
  now: number,
): string | undefined {
  const [, , number, last] = NUMBERED.exec(name) ?? [];
  if (number === undefined) return fieldOfKey(keys, name, digest, now);
  return Number(last) <= now ? undefined : fieldOfNumber(digest, Number(number));
}
