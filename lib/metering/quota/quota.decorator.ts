import { UseGuards } from '@nestjs/common';
import { InvalidOptionsError } from '../../errors.js';
import { announcing } from './announced-quota.js';
import { declareClassQuotas, declareQuotas } from './declared-quotas.js';
import { QuotaGuard } from './quota.guard.js';
import { checkRule, type QuotaRule } from './quota-rule.js';

/**
 * Lets calls of a route, or of all routes of a controller, pass until a limit is reached, and answers further ones with 429.
 * Several quotas of a call, in an array, in several decorators, or on route and controller, are all or nothing: a call that one
 * of them refuses takes from none.
 *
 * Answers have the headers `RateLimit-Limit` and `RateLimit-Remaining`; with a window also `RateLimit-Reset`, and
 * `Retry-After` where the call was refused. They are of the quota that refused, or else of the quota with the least left.
 *
 * @throws InvalidOptionsError a rule is wrong; when the class is defined
 * @example
 * \@Quota({ name: 'login', limit: 10, window: 'hour', dimensions: { ip: '{request.ip}' } })
 * @publicApi
 */
export function Quota(rules: QuotaRule | readonly QuotaRule[]): MethodDecorator & ClassDecorator {
  const given: readonly unknown[] = Array.isArray(rules) ? rules : [rules];
  if (given.length === 0) throw new InvalidOptionsError('@Quota() needs at least one rule');
  const checked = given.map(checkRule);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    // a group of its own wherever the decorator stands
    const group = { rules: checked };
    const guarded = UseGuards(announcing(group), QuotaGuard);
    if (key === undefined) {
      const { prototype = {} } = target as { prototype?: object };
      declareClassQuotas(target, group, prototype);
      guarded(target as NewableFunction);
      return;
    }
    const method: unknown = descriptor?.value;
    if (descriptor === undefined || typeof method !== 'function') {
      throw new InvalidOptionsError(
        `@Quota() must stand at a class or a method: ${String(key)} is no method`,
      );
    }
    declareQuotas(method, group, target);
    guarded(target, key, descriptor);
  };
}
