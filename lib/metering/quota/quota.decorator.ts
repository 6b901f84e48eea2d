import { UseGuards } from '@nestjs/common';
import { quotaGuard, type QuotaRule } from './quota.guard.js';

/**
 * Lets calls of a route or of all routes of a controller through until a limit is reached, per window
 * and whoever `dimensions` find; then answers 429. Several hold together. Answers carry
 * `RateLimit-Limit`, `RateLimit-Remaining` and, with a window, `RateLimit-Reset` and `Retry-After`.
 *
 * @example
 * @Quota({ name: 'api', limit: 10_000, window: 'month', dimensions: { tenant: tenantOf } })
 * @publicApi
 */
export const Quota = (rule: QuotaRule): MethodDecorator & ClassDecorator =>
  UseGuards(quotaGuard(rule));
