import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { QuotaGroup } from './declared-quotas.js';
import type { QuotaRule } from './quota-rule.js';

/** A guard without a `@Quota()` of its own, such as an `APP_GUARD`. */
interface NotedGuard {
  /** Takes from quotas in the way of that guard. */
  take: (rules: readonly QuotaRule[]) => Promise<boolean>;
  /** Answers the rules that the guard has for the call: asked when guards of the route have run. */
  rules: () => Promise<readonly QuotaRule[]>;
}

/** What the guards of a call have done so far. Nest hands all of them the same context. */
interface CallUnderWay {
  /** Guards whose rules the last `@Quota()` of the call takes from as well. */
  noted: NotedGuard[];
  /** Classes of guards that had their turn. */
  guards: Set<unknown>;
  /** Whether the last `@Quota()` of the call has taken. */
  isTaken: boolean;
}

const calls = new WeakMap<ExecutionContext, CallUnderWay>();

export function callUnderWay(context: ExecutionContext): CallUnderWay {
  const call = calls.get(context) ?? { noted: [], guards: new Set(), isTaken: false };
  calls.set(context, call);
  return call;
}

const announced = new WeakMap<ExecutionContext, QuotaGroup>();

/**
 * A guard that lets every call pass, and tells the `QuotaGuard` behind it for which `@Quota()` it stands: Nest has one
 * object of that class for all places of a module.
 */
export const announcing = (group: QuotaGroup): CanActivate => ({
  canActivate(context) {
    announced.set(context, group);
    return true;
  },
});

/** The quota whose guard runs now. Asked once: a guard that comes later may stand for none. */
export function announcedFor(context: ExecutionContext): QuotaGroup | undefined {
  const group = announced.get(context);
  announced.delete(context);
  return group;
}
