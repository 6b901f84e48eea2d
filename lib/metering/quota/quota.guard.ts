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
import { QuotaTaker } from '../service/quota-taker.js';
import type { FoundWindow } from '../service/windows/quota-window.js';
import { askedQuotas, type AskedQuota, type QuotaDimensions } from './asked-quota.js';
import { announcedFor, callUnderWay } from './calls-under-way.js';
import { whenEnded } from './charged-calls.js';
import { type DeclaredQuotas, declaredQuotas, isByHand, rulesOf } from './declared-quotas.js';
import { headersOf } from './quota-headers.js';
import { checkedOnce, type QuotaRule } from './quota-rule.js';
import { refusedBy, type RefusedQuota } from './refused-quota.js';
import { type AnsweredQuota, takeAll } from './take-all.js';
import { MistakenQuotaError, tellOnce } from './told-quotas.js';

/**
 * The guard of every `@Quota()`. The last one of a call takes from all its quotas together; the others let the call pass.
 *
 * Extend it, and make that class an `APP_GUARD`, for quotas that no decorator names: `quotasOf()` answers them. They are taken with those
 * of the decorators of the route, all or nothing, and all of these are then of that class: `dimensionsOf()` says whose quotas they are,
 * `refusal()` makes the error that answers a call.
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
  @Optional()
  @Inject(QuotaTaker)
  private readonly taker: unknown;

  @Inject(HttpAdapterHost)
  private readonly host!: HttpAdapterHost;

  /** Rules with the defaults of the module filled in. */
  private readonly filled = new WeakMap<QuotaRule, QuotaRule>();

  /** Called by Nest: refuses an application without the module at its start, instead of each call. */
  onModuleInit(): void {
    this.takerOf();
  }

  /**
   * Called by Nest. Resolves to true, or rejects with the `HttpException` that answers the call.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    this.takerOf();
    const group = announcedFor(context);
    const declared = declaredQuotas(context.getClass(), context.getHandler());
    const call = callUnderWay(context);
    if (group === undefined) return this.actAlone(context, declared);
    const rules = rulesOf(group, declared);
    if (rules === undefined) return true;
    call.isTaken = true;
    const noted = await Promise.all(call.noted.map((guard) => guard.rules()));
    const all = [...noted.flat(), ...rules];
    const acting = call.noted.at(-1);
    return acting === undefined ? this.take(context, all) : acting.take(all);
  }

  /**
   * Quotas of a call beside those that decorators name: none, unless a class that extends this one answers some. Answer the same
   * objects for every call: each is checked once, and the log tells once what is wrong with it.
   */
  protected quotasOf(
    context: ExecutionContext,
  ): readonly QuotaRule[] | Promise<readonly QuotaRule[]> {
    if (isByHand(context, QuotaGuard)) throw withoutQuota();
    return [];
  }

  /**
   * Dimensions of all quotas of a call, beside those that their rules name: none, unless a class that extends this one answers some.
   * A call for which a value is undefined or empty is answered with 400.
   */
  protected dimensionsOf(context: ExecutionContext): QuotaDimensions | Promise<QuotaDimensions>;
  protected dimensionsOf(): QuotaDimensions {
    return {};
  }

  /** The error that answers a call which a quota refuses: an `HttpException` with the status 429. */
  protected refusal(refused: RefusedQuota, context: ExecutionContext): Error;
  protected refusal({ limit, window }: RefusedQuota): Error {
    const per = window === undefined ? '' : ` per ${window}`;
    return new HttpException(
      `The quota of ${limit}${per} is used up`,
      HttpStatus.TOO_MANY_REQUESTS,
    );
  }

  /** For a guard that stands for no `@Quota()`, such as an `APP_GUARD`. The last `@Quota()` of the call takes from its quotas too. */
  private async actAlone(context: ExecutionContext, declared: DeclaredQuotas): Promise<boolean> {
    const call = callUnderWay(context);
    if (declared.skips || call.guards.has(this.constructor)) return true;
    call.guards.add(this.constructor);
    const rules = async () => (await this.quotasOf(context)).map(checkedOnce);
    if (declared.groups.length === 0 || call.isTaken) return this.take(context, await rules());
    call.noted.push({ rules, take: (all) => this.take(context, all) });
    return true;
  }

  private async take(context: ExecutionContext, given: readonly QuotaRule[]): Promise<boolean> {
    if (given.length === 0) return true;
    const taker = this.takerOf();
    const rules = given.map((rule) => this.filledIn(rule, taker));
    const asked = await this.asked(context, rules).catch((error: unknown) => {
      tellOnce(error, taker.lines);
      throw error;
    });
    const now = Date.now();
    const verdict = await takeAll(asked, taker, now);
    switch (verdict.kind) {
      case 'allowed':
        this.setHeaders(context, asked, verdict.answered, now);
        for (const { bound, used } of verdict.answered) taker.thresholds.tell(bound, used, now);
        if (verdict.charged.length > 0) {
          whenEnded(context, (succeeded) => verdict.charged.forEach((take) => take.end(succeeded)));
        }
        return true;
      case 'refused':
        this.setHeaders(context, asked, [verdict.by], now);
        taker.thresholds.tell(verdict.by.bound, verdict.by.used, now);
        throw this.refusal(refusedBy(verdict.by, taker, now), context);
      case 'crowded':
        throw new HttpException(
          'Too many new quota keys; try again later',
          HttpStatus.TOO_MANY_REQUESTS,
        );
      case 'unavailable':
        throw new ServiceUnavailableException('The quota cannot be checked now; try again later');
    }
  }

  private async asked(
    context: ExecutionContext,
    rules: readonly QuotaRule[],
  ): Promise<AskedQuota[]> {
    const unwatched = rules.find(({ charge }) => charge === 'success');
    if (unwatched !== undefined && !isWatched(context)) {
      throw new MistakenQuotaError(unwatched, 'charge', NOT_WATCHED);
    }
    const { calendar } = this.takerOf();
    return askedQuotas(rules, { context, calendar, shared: await this.dimensionsOf(context) });
  }

  private filledIn(rule: QuotaRule, { defaults }: QuotaTaker): QuotaRule {
    if (defaults === undefined) return rule;
    const filled = this.filled.get(rule) ?? { ...defaults, ...rule };
    this.filled.set(rule, filled);
    return filled;
  }

  /** A test module that mocks every missing provider injects something else. */
  private takerOf(): QuotaTaker {
    if (this.taker instanceof QuotaTaker) return this.taker;
    throw withoutModule();
  }

  private setHeaders(
    context: ExecutionContext,
    asked: readonly AskedQuota[],
    answered: readonly AnsweredQuota[],
    now: number,
  ): void {
    if (context.getType() !== 'http') return;
    const response: unknown = context.switchToHttp().getResponse();
    const taker = this.takerOf();
    const told = { asked, answered, spanOf: (window: FoundWindow) => taker.spanOf(window, now) };
    for (const [name, value] of headersOf(told)) {
      this.host.httpAdapter.setHeader(response, name, value);
    }
  }
}

/** Whether the end of a call is seen: of a request by its answer, of any other call by an interceptor of `@Quota()`. */
const isWatched = (context: ExecutionContext): boolean =>
  context.getType() === 'http' ||
  declaredQuotas(context.getClass(), context.getHandler()).all.some((group) => group.isWatched);

const NOT_WATCHED =
  "charge is 'success', and nothing sees how a call ends that is no request of HTTP: say charge: 'success' in a @Quota() of the handler";

const withoutQuota = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'QuotaGuard has no quota by itself: use @Quota() instead, or a class that extends QuotaGuard and has quotasOf()',
  );

const withoutModule = (): InvalidOptionsError =>
  new InvalidOptionsError(
    '@Quota() has nothing to count in: import FastCounterModule in the application, and in the module of the controller too where ' +
      'its option "isGlobal" is false. In a test without it: overrideGuard(QuotaGuard).useValue({ canActivate: () => true })',
  );
