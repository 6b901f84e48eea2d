import {
  BadRequestException,
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
import {
  FastCounterError,
  type FastCounterErrorCode,
  InvalidArgumentError,
  InvalidCounterNameError,
} from '../../errors.js';
import { MeteringService } from '../service/metering.service.js';
import type { Quota as QuotaState, QuotaOptions } from '../service/metering.types.js';

/** A value, or how it is found for a call. @publicApi */
export type OfCall<Value> = Value | ((context: ExecutionContext) => Value | Promise<Value>);

/** @publicApi */
export interface QuotaRule extends Pick<QuotaOptions, 'window'> {
  /** The counter that it is counted in. */
  name: string;
  limit: OfCall<number>;
  /** How much a call takes. @default 1 */
  delta?: OfCall<number>;
  /** Whose quota it is: what is found here gets a counter of its own. */
  dimensions?: Readonly<Record<string, OfCall<string | number | boolean | undefined>>>;
  /** What becomes of calls while Redis or the database does not answer. @default 'allow' */
  whenUnavailable?: 'allow' | 'refuse';
  /** How long a call waits for them, in milliseconds. @default 1_000 */
  timeout?: number;
}

const TIMEOUT = 1000;

const UNAVAILABLE: ReadonlySet<FastCounterErrorCode> = new Set([
  'CACHE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  'BACKPRESSURE',
  'SHUT_DOWN',
]);

export function quotaGuard(rule: QuotaRule): Type<CanActivate> {
  class QuotaGuard implements CanActivate {
    constructor(
      @Inject(MeteringService) private readonly metering: MeteringService,
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    ) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const quota = await this.take(context);
      if (quota === undefined) return true;
      this.tell(context, quota);
      if (quota.allowed) return true;
      throw new HttpException(
        `The quota of ${quota.limit}${rule.window === undefined ? '' : ` per ${rule.window}`} is used up`,
        HttpStatus.TOO_MANY_REQUESTS,
      );
    }

    /** Undefined when it cannot be known, and calls are let through then. */
    private async take(context: ExecutionContext): Promise<QuotaState | undefined> {
      try {
        const options = await optionsOf(rule, context);
        const quota = await soon(this.metering.consume(rule.name, options), rule.timeout);
        if (quota !== undefined) return quota;
      } catch (error) {
        if (error instanceof InvalidArgumentError || error instanceof InvalidCounterNameError) {
          throw new BadRequestException(error.message, { cause: error });
        }
        if (!(error instanceof FastCounterError) || !UNAVAILABLE.has(error.code)) throw error;
      }
      if (rule.whenUnavailable === 'refuse') {
        throw new ServiceUnavailableException('The quota cannot be checked');
      }
      return undefined;
    }

    private tell(context: ExecutionContext, quota: QuotaState): void {
      if (context.getType() !== 'http') return;
      const response: unknown = context.switchToHttp().getResponse();
      const header = (name: string, value: number): void => {
        this.host.httpAdapter.setHeader(response, name, String(value));
      };
      header('RateLimit-Limit', quota.limit);
      header('RateLimit-Remaining', quota.remaining);
      if (quota.resetsAt === undefined) return;
      const seconds = Math.max(1, Math.ceil((quota.resetsAt.getTime() - Date.now()) / 1000));
      header('RateLimit-Reset', seconds);
      if (!quota.allowed) header('Retry-After', seconds);
    }
  }
  return mixin(QuotaGuard);
}

async function optionsOf(rule: QuotaRule, context: ExecutionContext): Promise<QuotaOptions> {
  const found = await Promise.all(
    Object.entries(rule.dimensions ?? {}).map(async ([key, value]) => [
      key,
      await valueOf(value, context),
    ]),
  );
  // a value that is missing is refused where the name is made
  const dimensions = Object.fromEntries(found) as QuotaOptions['dimensions'];
  const limit = await valueOf(rule.limit, context);
  const delta = await valueOf(rule.delta ?? 1, context);
  return { limit, delta, window: rule.window, dimensions };
}

function valueOf<Value>(value: OfCall<Value>, context: ExecutionContext): Value | Promise<Value> {
  return typeof value === 'function'
    ? (value as (context: ExecutionContext) => Value | Promise<Value>)(context)
    : value;
}

/** Undefined when there is no answer in time. */
async function soon<Answer>(
  asked: Promise<Answer>,
  milliseconds = TIMEOUT,
): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
    asked.catch(() => undefined);
  }
}
