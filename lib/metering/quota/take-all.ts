import { FastCounterError, type FastCounterErrorCode } from '../../errors.js';
import { isMistake } from '../../incidents/is-mistake.js';
import { within } from '../../words/within.js';
import type { QuotaTaker, Take, Taken } from '../service/quota-taker.js';
import type { AskedQuota } from './asked-quota.js';
import type { QuotaRule } from './quota-rule.js';

/** What a quota was asked, and what it answered. */
export interface AnsweredQuota extends AskedQuota, Taken {}

type Decision =
  /** The quotas that answered in time. The others let the call pass, and count it later. `charged` waits for the end of the call. */
  | { kind: 'allowed'; answered: AnsweredQuota[]; charged: ChargedTake[] }
  | { kind: 'refused'; by: AnsweredQuota }
  /** The counter of a quota would be one new counter too many. */
  | { kind: 'crowded' }
  | { kind: 'unavailable' };

/** A take that is given back unless the call succeeds. */
export interface ChargedTake {
  end: (succeeded: boolean) => void;
}

interface MadeTake {
  take: Take;
  /** Whether the quota has answered. */
  isKnown: boolean;
  charge: QuotaRule['charge'];
}

const TIMEOUT = 1000;

/** Errors that say what is wrong with the call; with any other error, the quota is not available. */
const OF_THE_CALL: ReadonlySet<FastCounterErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'INVALID_COUNTER_NAME',
  'COUNTER_OVERFLOW',
  'UNEXPECTED',
]);

/**
 * Takes from all quotas of a call, or from none: when one refuses, what was taken from those before it is given back before the
 * call is answered, as far as that is known within the timeout. Takes from one after the other, in the order of their
 * counters, which is the same for every call: so two calls never hold the last of one quota each and miss that of the other.
 */
export async function takeAll(
  asked: readonly AskedQuota[],
  taker: QuotaTaker,
  now: number,
): Promise<Decision> {
  const ordered = asked.toSorted((a, b) => (a.bound.counter < b.bound.counter ? -1 : 1));
  const since = performance.now();
  const takes: MadeTake[] = [];
  const answered: AnsweredQuota[] = [];
  const decide = async (): Promise<Decision> => {
    for (const quota of ordered) {
      const { timeout = TIMEOUT, whenUnavailable = 'allow', charge } = quota.rule;
      const made = { take: taker.take(quota.bound, now), isKnown: false, charge };
      takes.push(made);
      const taken = await answerOf(made.take, timeout - (performance.now() - since));
      if (taken === 'crowded') return { kind: 'crowded' };
      if (taken === undefined) {
        if (taker.mistake !== undefined) throw taker.mistake;
        if (whenUnavailable === 'refuse') return { kind: 'unavailable' };
        continue;
      }
      made.isKnown = true;
      const answer = { ...quota, ...taken };
      if (!taken.allowed) return { kind: 'refused', by: answer };
      answered.push(answer);
    }
    return { kind: 'allowed', answered, charged: [] };
  };
  let found: Decision | undefined;
  try {
    found = await decide();
    if (found.kind === 'allowed') {
      for (const made of takes) {
        if (made.charge === 'success') found.charged.push(chargedTake(made));
        else if (!made.isKnown) made.take.countAnyway();
      }
    }
    return found;
  } finally {
    if (found?.kind !== 'allowed') {
      const longest = Math.max(...ordered.map(({ rule }) => rule.timeout ?? TIMEOUT));
      await giveBackAll(takes, longest - (performance.now() - since));
    }
  }
}

const chargedTake = ({ take, isKnown }: MadeTake): ChargedTake => ({
  end(succeeded) {
    if (!succeeded) void givenBack(take);
    else if (!isKnown) take.countAnyway();
  },
});

/** What was taken; undefined when there is no answer in time. */
async function answerOf(take: Take, milliseconds: number): Promise<Taken | 'crowded' | undefined> {
  try {
    return (await within(milliseconds, take.taken)) ? await take.taken : undefined;
  } catch (error) {
    if (!(error instanceof FastCounterError) || OF_THE_CALL.has(error.code)) throw error;
    if (isMistake(error)) throw error;
    return error.code === 'NEW_COUNTER_LIMIT' ? 'crowded' : undefined;
  }
}

/** Never rejects: where Redis is away, what is given back is delivered later, and shows in the events. */
const givenBack = (take: Take): Promise<void> => take.giveBack().catch(() => undefined);

/** Gives all takes back. Waits only for those that are known to be taken; the others are given back when that is known. */
async function giveBackAll(takes: readonly MadeTake[], milliseconds: number): Promise<void> {
  const waited: Promise<void>[] = [];
  for (const { take, isKnown } of takes) {
    const back = givenBack(take);
    if (isKnown) waited.push(back);
  }
  await within(milliseconds, Promise.all(waited));
}
