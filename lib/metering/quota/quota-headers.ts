import type { Span } from '../../windows/calendar.js';
import { remainingOf } from '../service/quota-bound.js';
import type { FoundWindow } from '../service/windows/quota-window.js';
import type { AskedQuota } from './asked-quota.js';
import type { AnsweredQuota } from './take-all.js';

/** What the headers of an answer tell of. */
interface ToldQuotas {
  /** All quotas of the call. */
  asked: readonly AskedQuota[];
  /** The quotas that allowed the call, or the one that refused. */
  answered: readonly AnsweredQuota[];
  /** The window that each is in now. */
  spanOf: (window: FoundWindow) => Span;
}

/**
 * The headers of an answer, by their names: `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` of the quota that refused
 * or has the least left, and the structured fields `RateLimit-Policy` and `RateLimit` of all, as of
 * draft-ietf-httpapi-ratelimit-headers-10. A quota without a limit has none.
 */
export function headersOf({ asked, answered, spanOf }: ToldQuotas): [string, string][] {
  const told = scarcest(answered);
  if (told?.bound.limit === undefined) return [];
  const { limit, window } = told.bound;
  const headers: [string, string][] = [
    ['RateLimit-Limit', String(limit)],
    ['RateLimit-Remaining', String(remainingOf(limit, told.used))],
  ];
  if (window !== undefined) {
    const seconds = String(secondsLeft(spanOf(window)));
    headers.push(['RateLimit-Reset', seconds]);
    if (!told.allowed) headers.push(['Retry-After', seconds]);
  }
  const policies = asked.flatMap(({ rule, bound }) => {
    if (!isInteger(bound.limit)) return [];
    const span = bound.window && spanOf(bound.window);
    const length = span && `;w=${(span.end - span.start) / 1000}`;
    return [`${text(rule.name)};q=${bound.limit}${length ?? ''}`];
  });
  const limits = answered.flatMap(({ rule, bound, used }) => {
    if (!isInteger(bound.limit)) return [];
    const left = bound.window && `;t=${secondsLeft(spanOf(bound.window))}`;
    return [`${text(rule.name)};r=${String(remainingOf(bound.limit, used))}${left ?? ''}`];
  });
  if (policies.length > 0) headers.push(['RateLimit-Policy', policies.join(', ')]);
  if (limits.length > 0) headers.push(['RateLimit', limits.join(', ')]);
  return headers;
}

const secondsLeft = ({ end }: Span): number => Math.max(1, Math.ceil((end - Date.now()) / 1000));

/** The quota of which the least is left. */
function scarcest(answered: readonly AnsweredQuota[]): AnsweredQuota | undefined {
  const left = ({ bound, used }: AnsweredQuota): bigint | undefined =>
    remainingOf(bound.limit, used);
  return answered.reduce<AnsweredQuota | undefined>((least, quota) => {
    const before = least && left(least);
    const now = left(quota);
    return before === undefined || (now !== undefined && now < before) ? quota : least;
  }, undefined);
}

/** The largest integer of a structured field (RFC 9651). */
const LARGEST = 999_999_999_999_999n;

const isInteger = (limit: bigint | undefined): limit is bigint =>
  limit !== undefined && limit <= LARGEST;

/** A string of a structured field, which has printable ASCII alone: anything else is percent-encoded. */
const text = (name: string): string =>
  `"${name.replace(/[^ -~]+/gu, encodeURIComponent).replace(/["\\]/g, '\\$&')}"`;
