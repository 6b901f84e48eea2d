import { FastCounterError, type FastCounterErrorCode } from '../../errors.js';
import { within } from '../../words/within.js';
import type { QuotaTaker, Take, Taken } from '../service/quota-taker.js';
import type { AskedQuota } from './asked-quota.js';

/** The answer of a quota. */
export interface AnsweredQuota extends AskedQuota, Taken {}

type Decision =
  /** Those that answered in time; without the others calls are let through, and counted. */
  | { kind: 'allowed'; answered: AnsweredQuota[] }
  | { kind: 'refused'; by: AnsweredQuota }
  /** Too many new counters of this kind came. */
  | { kind: 'crowded' }
  | { kind: 'unavailable' };

const TIMEOUT = 1000;

/** What is wrong then is neither the call nor its quota. */
const OF_THE_CALL: ReadonlySet<FastCounterErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'INVALID_COUNTER_NAME',
  'COUNTER_OVERFLOW',
]);

/**
 * Takes from all quotas of a call, or from none: what was taken before one refuses is given back before
 * the call is answered, if that is known within its timeout. One after the other, in the order of their counters, which is the same for every
 * call: calls that want the last of two quotas do not each keep the other from one of them.
 */
export async function takeAll(
  asked: readonly AskedQuota[],
  taker: QuotaTaker,
  now: number,
): Promise<Decision> {
  const ordered = asked.toSorted((a, b) => (a.bound.counter < b.bound.counter ? -1 : 1));
  const since = performance.now();
  const takes: { take: Take; isKnown: boolean }[] = [];
  const answered: AnsweredQuota[] = [];
  const decide = async (): Promise<Decision> => {
    for (const quota of ordered) {
      const { timeout = TIMEOUT, whenUnavailable = 'allow' } = quota.rule;
      const made = { take: taker.take(quota.bound, now), isKnown: false };
      takes.push(made);
      const taken = await answerOf(made.take, timeout - (performance.now() - since));
      if (taken === 'crowded') return { kind: 'crowded' };
      if (taken === undefined) {
        if (whenUnavailable === 'refuse') return { kind: 'unavailable' };
        continue;
      }
      made.isKnown = true;
      const answer = { ...quota, ...taken };
      if (!taken.allowed) return { kind: 'refused', by: answer };
      answered.push(answer);
    }
    return { kind: 'allowed', answered };
  };
  let found: Decision | undefined;
  try {
    found = await decide();
    if (found.kind === 'allowed') {
      for (const { take, isKnown } of takes) if (!isKnown) take.countAnyway();
    }
    return found;
  } finally {
    if (found?.kind !== 'allowed') {
      const longest = Math.max(...ordered.map(({ rule }) => rule.timeout ?? TIMEOUT));
      await giveBackAll(takes, longest - (performance.now() - since));
    }
  }
}

/** Undefined when there is no answer in time. */
async function answerOf(take: Take, milliseconds: number): Promise<Taken | 'crowded' | undefined> {
  try {
    return (await within(milliseconds, take.taken)) ? await take.taken : undefined;
  } catch (error) {
    if (!(error instanceof FastCounterError) || OF_THE_CALL.has(error.code)) throw error;
    return error.code === 'NEW_COUNTER_LIMIT' ? 'crowded' : undefined;
  }
}

/** Waits for what is known to be taken, and not for what is given back as soon as that is known. */
async function giveBackAll(
  takes: readonly { take: Take; isKnown: boolean }[],
  milliseconds: number,
): Promise<void> {
  const waited: Promise<void>[] = [];
  for (const { take, isKnown } of takes) {
    // where Redis is away it is delivered later, and shows in the events
    const back = take.giveBack().catch(() => undefined);
    if (isKnown) waited.push(back);
  }
  await within(milliseconds, Promise.all(waited));
}
