import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { QuotaGroup } from './declared-quotas.js';

const announced = new WeakMap<ExecutionContext, QuotaGroup>();

/**
 * A guard that lets every call pass, and tells the `QuotaGuard` behind it for which `@Quota()` it stands: Nest has one
 * object of that class for all places of a module, and hands all guards of a call the same context.
 */
export const announcing = (group: QuotaGroup): CanActivate => ({
  canActivate(context) {
    announced.set(context, group);
    return true;
  },
});

/** The quota whose guard runs now. */
export const announcedFor = (context: ExecutionContext): QuotaGroup | undefined =>
  announced.get(context);
