import type { CountWindow } from '../../words/bucket-name.js';
import { parseMeteredName } from '../service/dimensions.js';
import type { QuotaTaker } from '../service/quota-taker.js';
import { kindOf } from '../service/windows/quota-window.js';
import type { AnsweredQuota } from './take-all.js';

/** A quota that refuses a call, as `QuotaGuard.refusal()` sees it. @publicApi */
export interface RefusedQuota {
  /** The name of the quota. */
  readonly name: string;
  /** Whose quota it is, as text. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** The kind of window that the limit holds for; absent where it holds for the total. */
  readonly window?: CountWindow | undefined;
  /** How much may be used. */
  readonly limit: bigint;
  /** How much is used. */
  readonly used: bigint;
  /** When the window began; absent where the limit holds for the total. */
  readonly startsAt?: Date;
  /** When the window ends; absent where the limit holds for the total. */
  readonly resetsAt?: Date;
}

export function refusedBy(
  { rule, bound, used }: AnsweredQuota,
  taker: QuotaTaker,
  now: number,
): RefusedQuota {
  const { counter, window, limit = used } = bound;
  const { name } = rule;
  const { dimensions } = parseMeteredName(counter);
  const span = window && {
    startsAt: new Date(taker.spanOf(window, now).start),
    resetsAt: new Date(taker.spanOf(window, now).end),
  };
  return { name, dimensions, window: window && kindOf(window), limit, used, ...span };
}
