import type { Taken } from '../../add-request.js';
import type { Int64String } from '../../../words/int64.js';
import { isRowDigest } from '../../key-digest.js';

/** What `_idempotency.lua` and `_once.lua` do: nothing but what has expired is looked at to forget it. */
export interface IdempotencyKeys {
  /** By the digest of counter and key. */
  known: Map<string, KnownKey>;
  /** Counters that were deleted, or began anew, while keys were known: how often. */
  deletions: Map<string, { times: number; expires: number }>;
  /** Digests by the end of the span of time in which they expire; each is in one list. */
  due: Map<number, string[]>;
  /** No key is known longer. */
  last: number;
}

export interface KnownKey {
  expires: number;
  /** What was counted under the key. */
  delta: Int64String;
  /** Of a key that counts once: the buckets that it counted in. */
  buckets?: readonly string[] | undefined;
  /** Of a key that counts once: it may count again. */
  takenBack?: boolean;
  /** Of a key that counts once: how it is taken back from another counter, as `_once.lua` has it. */
  taken?: Taken | undefined;
}

/** Spans in one lifetime of a key, at least. */
const SPANS = 16;

export const noKeys = (): IdempotencyKeys => ({
  known: new Map(),
  deletions: new Map(),
  due: new Map(),
  last: -Infinity,
});

/** Where the key of a counter is kept: behind a deletion no key from before is found, but for those of rows of the outbox. */
export const fieldOfKey = (
  keys: IdempotencyKeys,
  counter: string,
  digest: string,
  now: number,
): string => fieldOfNumber(digest, numberOf(keys, counter, now));

/** The same of a key that came when the counter had this number. */
export const fieldOfNumber = (digest: string, number: number): string =>
  number === 0 || isRowDigest(digest) ? digest : `${digest}.${number}`;

/** How often the counter was deleted, or began anew. */
export function numberOf({ deletions }: IdempotencyKeys, counter: string, now: number): number {
  const deleted = deletions.get(counter);
  return deleted === undefined || deleted.expires <= now ? 0 : deleted.times;
}

/** What is known of a key; undefined where that has expired. */
export function knownKey(
  { known }: IdempotencyKeys,
  field: string,
  now: number,
): KnownKey | undefined {
  const found = known.get(field);
  return found === undefined || found.expires <= now ? undefined : found;
}

export function rememberKey(
  keys: IdempotencyKeys,
  { counter, field }: { counter: string; field: string },
  counted: Omit<KnownKey, 'expires'>,
  now: number,
  ttl: number,
): void {
  const expires = now + ttl;
  const isKnown = keys.known.has(field);
  keys.known.set(field, { ...counted, expires });
  // one that is there is in a list, and goes on to a later one when the time of that list is over
  if (!isKnown) list(keys, field, expires, ttl);
  keys.last = Math.max(keys.last, expires);
  const deleted = keys.deletions.get(counter);
  if (deleted === undefined || deleted.expires >= expires) return;
  keys.deletions.delete(counter);
  keys.deletions.set(counter, { ...deleted, expires });
}

/** The counter was deleted, or begins anew: its keys are not known any more. */
export function forgetKeysOf(keys: IdempotencyKeys, counter: string, now: number): void {
  if (keys.last > now) keepNumber(keys, counter, numberOf(keys, counter, now) + 1);
}

/** Until no key of now is known. */
export function keepNumber(
  { deletions, last }: IdempotencyKeys,
  counter: string,
  times: number,
): void {
  deletions.delete(counter);
  deletions.set(counter, { times, expires: last });
}

/** Forgets expired keys, at most `limit` of them. */
export function forgetExpiredKeys(keys: IdempotencyKeys, now: number, limit: number): void {
  const { known, due } = keys;
  forgetDeletions(keys, now, limit);
  let left = limit;
  for (const [last, fields] of due) {
    if (last > now) continue;
    for (; left > 0 && fields.length > 0; left--) {
      const field = fields.pop() ?? '';
      const expires = known.get(field)?.expires ?? -Infinity;
      if (expires <= now) known.delete(field);
      // it expired or was taken back, and came again
      else list(keys, field, expires, expires - now);
    }
    if (fields.length > 0) return;
    due.delete(last);
  }
}

/** About in the order of their times. */
function forgetDeletions({ deletions }: IdempotencyKeys, now: number, limit: number): void {
  let left = limit;
  for (const [counter, { expires }] of deletions) {
    if (left-- === 0) return;
    if (expires <= now) deletions.delete(counter);
  }
}

function list({ due }: IdempotencyKeys, field: string, expires: number, ttl: number): void {
  // powers of two, so that keys of many lifetimes share few lists
  const span = 2 ** Math.floor(Math.log2(Math.max(1, ttl / SPANS)));
  const last = Math.ceil(expires / span) * span;
  const fields = due.get(last);
  if (fields === undefined) due.set(last, [field]);
  else fields.push(field);
}
