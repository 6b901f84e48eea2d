import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  HttpStatus,
  Inject,
  mixin,
  ServiceUnavailableException,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { remainingOf } from '../service/quota-bound.js';
import { QuotaTaker } from '../service/quota-taker.js';
import { askedQuotas, tellMistake } from './asked-quota.js';
import { type QuotaGroup, rulesOf } from './declared-quotas.js';
import { type AnsweredQuota, takeAll } from './take-all.js';

/** The guard of one `@Quota()`. The last quota guard of a call takes from all its quotas together; the others let it pass. */
export function quotaGuard(group: QuotaGroup): Type<CanActivate> {
  class QuotaGuard implements CanActivate {
    constructor(
      @Inject(QuotaTaker) private readonly taker: QuotaTaker,
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    ) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const rules = rulesOf(group, context.getClass(), context.getHandler());
      if (rules === undefined) return true;
      const asked = await askedQuotas(rules, context).catch((error: unknown) => {
        tellMistake(error, this.taker.lines);
        throw error;
      });
      const now = Date.now();
      const verdict = await takeAll(asked, this.taker, now);
      switch (verdict.kind) {
        case 'allowed':
          this.setHeaders(context, scarcest(verdict.answered), now);
          return true;
        case 'refused':
          this.setHeaders(context, verdict.by, now);
          throw usedUp(verdict.by);
        case 'crowded':
          throw new HttpException(
            'Too many new quota keys; try again later',
            HttpStatus.TOO_MANY_REQUESTS,
          );
        case 'unavailable':
          throw new ServiceUnavailableException('The quota cannot be checked now; try again later');
      }
    }

    private setHeaders(
      context: ExecutionContext,
      quota: AnsweredQuota | undefined,
      now: number,
    ): void {
      const limit = quota?.bound.limit;
      if (quota === undefined || limit === undefined || context.getType() !== 'http') return;
      const response: unknown = context.switchToHttp().getResponse();
      const header = (name: string, value: number | bigint | undefined): void => {
        this.host.httpAdapter.setHeader(response, name, String(value));
      };
      header('RateLimit-Limit', limit);
      header('RateLimit-Remaining', remainingOf(limit, quota.used));
      const { window } = quota.bound;
      if (window === undefined) return;
      const end = this.taker.resetsAt(window, now).getTime();
      const seconds = Math.max(1, Math.ceil((end - Date.now()) / 1000));
      header('RateLimit-Reset', seconds);
      if (!quota.allowed) header('Retry-After', seconds);
    }
  }
  return mixin(QuotaGuard);
}

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

function usedUp({ bound: { limit, window } }: AnsweredQuota): HttpException {
  const per = window === undefined ? '' : ` per ${window}`;
  return new HttpException(
    `The quota of ${String(limit)}${per} is used up`,
    HttpStatus.TOO_MANY_REQUESTS,
  );
}
