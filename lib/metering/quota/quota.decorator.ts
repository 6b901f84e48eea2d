import { UseGuards, UseInterceptors } from '@nestjs/common';
import { InvalidOptionsError } from '../../errors.js';
import { announcing } from './calls-under-way.js';
import { watchedHandler } from './charged-calls.js';
import { declareClassQuotas, declareQuotas, declareSkipped } from './declared-quotas.js';
import { QuotaGuard } from './quota.guard.js';
import { checkRule, type QuotaRule } from './quota-rule.js';

/**
 * Lets calls of a route, or of all routes of a controller, pass until a limit is reached, and answers further ones with 429.
 * Several quotas of a call, in an array, in several decorators, or on route and controller, are all or nothing: a call that one
 * of them refuses takes from none.
 *
 * Answers have the headers `RateLimit-Limit` and `RateLimit-Remaining`; with a window also `RateLimit-Reset`, and
 * `Retry-After` where the call was refused. They are of the quota that refused, or else of the quota with the least left.
 * `RateLimit-Policy` and `RateLimit` tell of all quotas of the call, as of draft-ietf-httpapi-ratelimit-headers-10.
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
  const isWatched = checked.some(({ charge }) => charge === 'success');
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    // a group of its own wherever the decorator stands
    const group = { rules: checked, isWatched };
    const decorators = [UseGuards(announcing(group), QuotaGuard)];
    if (isWatched) decorators.push(UseInterceptors(watchedHandler));
    if (key === undefined) {
      const { prototype = {} } = target as { prototype?: object };
      declareClassQuotas(target, group, prototype);
      for (const decorate of decorators) decorate(target as NewableFunction);
      return;
    }
    const method = methodOf('Quota', key, descriptor);
    declareQuotas(method.value as object, group, target);
    for (const decorate of decorators) decorate(target, key, method);
  };
}

/**
 * Leaves a route out of the quotas that stand at its controller, at classes that this inherits from, or in an `APP_GUARD`. At a
 * controller, leaves out all of its routes; a `@Quota()` at a route itself holds nevertheless.
 *
 * @throws InvalidOptionsError it stands at no class or method
 * @example
 * \@Get('health')
 * \@SkipQuota()
 * health() {}
 * @publicApi
 */
export function SkipQuota(): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const skipped: unknown =
      key === undefined ? target : methodOf('SkipQuota', key, descriptor).value;
    declareSkipped(skipped as object);
  };
}

function methodOf(
  decorator: string,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): PropertyDescriptor {
  const method: unknown = descriptor?.value;
  if (descriptor === undefined || typeof method !== 'function') {
    throw new InvalidOptionsError(
      `@${decorator}() must stand at a class or a method: ${String(key)} is no method`,
    );
  }
  return descriptor;
}
