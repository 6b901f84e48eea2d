import type { Int64String } from '../../../words/int64.js';

/** What `_idempotency.lua` does: nothing but what has expired is looked at to forget it. */
export interface IdempotencyKeys {
  /** By the digest of counter and key. */
  known: Map<string, { delta: Int64String; expires: number }>;
  /** Digests by the end of the span of time in which they expire. */
  due: Map<number, string[]>;
}

/** Spans in one lifetime of a key. */
const SPANS = 16;

export const noKeys = (): IdempotencyKeys => ({ known: new Map(), due: new Map() });

/** The delta that came with the key; undefined where the key is not known. */
export function deltaOfKey(
  { known }: IdempotencyKeys,
  digest: string,
  now: number,
): Int64String | undefined {
  const found = known.get(digest);
  return found === undefined || found.expires <= now ? undefined : found.delta;
}

export function rememberKey(
  { known, due }: IdempotencyKeys,
  digest: string,
  delta: Int64String,
  now: number,
  ttl: number,
): void {
  const expires = now + ttl;
  const span = Math.max(1, Math.floor(ttl / SPANS));
  const last = Math.ceil(expires / span) * span;
  known.set(digest, { delta, expires });
  const digests = due.get(last);
  if (digests === undefined) due.set(last, [digest]);
  else digests.push(digest);
}

/** Forgets expired keys, at most `limit` of them. */
export function forgetExpiredKeys(
  { known, due }: IdempotencyKeys,
  now: number,
  limit: number,
): void {
  let left = limit;
  for (const [last, digests] of due) {
    if (last > now) continue;
    for (; left > 0 && digests.length > 0; left--) {
      const digest = digests.pop() ?? '';
      // one that expired and came again is in a later span too
      if ((known.get(digest)?.expires ?? Infinity) <= now) known.delete(digest);
    }
    if (digests.length > 0) return;
    due.delete(last);
  }
}
