import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  HttpStatus,
  Inject,
  Injectable,
  type OnModuleInit,
  Optional,
  ServiceUnavailableException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InvalidOptionsError } from '../../errors.js';
import { remainingOf } from '../service/quota-bound.js';
import { QuotaTaker } from '../service/quota-taker.js';
import { announcedFor } from './announced-quota.js';
import { askedQuotas } from './asked-quota.js';
import { rulesOf } from './declared-quotas.js';
import { type AnsweredQuota, takeAll } from './take-all.js';
import { tellOnce } from './told-quotas.js';

/**
 * The guard of every `@Quota()`. The last one of a call takes from all its quotas together; the others let the call pass.
 *
 * A test of a controller by itself needs no `FastCounterModule`: Nest makes the guard all the same, and the guard is not asked
 * where the test calls the method. A test that sends requests puts another guard in its place.
 *
 * @example
 * Test.createTestingModule({ controllers: [Reports] })
 *   .overrideGuard(QuotaGuard)
 *   .useValue({ canActivate: () => true });
 * @publicApi
 */
@Injectable()
export class QuotaGuard implements CanActivate, OnModuleInit {
  /** @internal Made by Nest. */
  constructor(
    @Optional() @Inject(QuotaTaker) private readonly taker: QuotaTaker | undefined,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** Called by Nest: refuses an application without the module at its start, instead of each call. */
  onModuleInit(): void {
    this.takerOf();
  }

  /**
   * Called by Nest. Resolves to true, or rejects with the `HttpException` that answers the call.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const taker = this.takerOf();
    const group = announcedFor(context);
    if (group === undefined) {
      throw new InvalidOptionsError('QuotaGuard has no quota by itself: use @Quota() instead');
    }
    const rules = rulesOf(group, context.getClass(), context.getHandler());
    if (rules === undefined) return true;
    const asked = await askedQuotas(rules, context).catch((error: unknown) => {
      tellOnce(error, taker.lines);
      throw error;
    });
    const now = Date.now();
    const verdict = await takeAll(asked, taker, now);
    switch (verdict.kind) {
      case 'allowed':
        this.setHeaders(context, taker, scarcest(verdict.answered), now);
        return true;
      case 'refused':
        this.setHeaders(context, taker, verdict.by, now);
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

  /** A test module that mocks every missing provider injects something else. */
  private takerOf(): QuotaTaker {
    if (this.taker instanceof QuotaTaker) return this.taker;
    throw withoutModule();
  }

  private setHeaders(
    context: ExecutionContext,
    taker: QuotaTaker,
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
    const end = taker.resetsAt(window, now).getTime();
    const seconds = Math.max(1, Math.ceil((end - Date.now()) / 1000));
    header('RateLimit-Reset', seconds);
    if (!quota.allowed) header('Retry-After', seconds);
  }
}

const withoutModule = (): InvalidOptionsError =>
  new InvalidOptionsError(
    '@Quota() has nothing to count in: import FastCounterModule in the application, and in the module of the controller too where ' +
      'its option "isGlobal" is false. In a test without it: overrideGuard(QuotaGuard).useValue({ canActivate: () => true })',
  );

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
