import { Inject, Injectable, type InjectionToken } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { CounterService } from '../counting/counter.service.js';
import { InvalidArgumentError, quote } from '../errors.js';
import { tellOtherCopies } from '../module/copies.js';
import { getFastCounterToken } from '../module/named/services.js';
import type { ResolvedOptions } from '../module/options/resolve-options.js';
import { FAST_COUNTER_OPTIONS } from '../module/tokens.js';
import type { Problem, ProblemCode } from '../operating/problems.js';
import { patienceOf } from '../operating/status/patience.js';
import { COUNTING, type HealthCheck, INTACT, PERSISTING } from './checks.js';
import { checkHealthOptions, type FastCounterHealthOptions } from './health-options.js';

tellOtherCopies();

/** What a check adds to `status: 'up'` or `status: 'down'`. @publicApi */
export interface FastCounterHealth extends Record<string, unknown> {
  /** The problems that concern the check, by their codes: `docs/operations.md` has them in one table. Empty where all is well. */
  codes: ProblemCode[];
  /** The same with their texts, as `status()` has them; absent without the option `details`. */
  problems?: Problem[];
}

/**
 * Health checks of counting, for Terminus. Provide it in a module that imports `TerminusModule`. Each check asks `status()`, which asks
 * the servers once a second at most, answers within 250 ms, and rejects for no server that is away. None is for liveness: a restart mends
 * none of what they tell.
 *
 * @example
 * \@Get('ready')
 * \@HealthCheck()
 * ready() {
 *   return this.health.check([() => this.indicator.counting('counters')]);
 * }
 * @publicApi
 */
@Injectable()
export class FastCounterHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  /**
   * Whether increments of this process are taken in. Down when Redis refuses them, when it acknowledged nothing for
   * `acknowledgeTimeout`, when the buffer is above four fifths of `maxBufferedNames`, or when this process must not count here. For
   * the readiness of a process whose requests must count.
   *
   * @param key under which the answer has this check
   * @throws InvalidArgumentError an option is wrong, or there is no such module
   * @example
   * await this.indicator.counting('counters');
   */
  counting<const Key extends string>(
    key: Key,
    options?: FastCounterHealthOptions,
  ): Promise<HealthIndicatorResult<Key, 'up' | 'down', FastCounterHealth>> {
    return this.check(key, COUNTING, options);
  }

  /**
   * Whether counts get to the database, by all processes together. Down when they are late by more than three update intervals, and
   * by at least 30 s, or when counts wait and no process that persists was seen for 30 s. For monitoring: every process answers the same, so as a readiness it would
   * take all of them out at once.
   *
   * @param key under which the answer has this check
   * @throws InvalidArgumentError an option is wrong, or there is no such module
   * @example
   * await this.indicator.persisting('persisting', { details: true });
   */
  persisting<const Key extends string>(
    key: Key,
    options?: FastCounterHealthOptions,
  ): Promise<HealthIndicatorResult<Key, 'up' | 'down', FastCounterHealth>> {
    return this.check(key, PERSISTING, options);
  }

  /**
   * Whether nothing is put aside. Down when counts are parked, a row would overflow or is refused, or increments of transactions wait for
   * an operator; and when Redis, which knows, is away for as long as counts may be late. For an alarm, never for a probe: it stays down until somebody has looked.
   *
   * @param key under which the answer has this check
   * @throws InvalidArgumentError an option is wrong, or there is no such module
   * @example
   * await this.indicator.intact('intact');
   */
  intact<const Key extends string>(
    key: Key,
    options?: FastCounterHealthOptions,
  ): Promise<HealthIndicatorResult<Key, 'up' | 'down', FastCounterHealth>> {
    return this.check(key, INTACT, options);
  }

  private async check<const Key extends string>(
    key: Key,
    { concerns, down }: HealthCheck,
    options: FastCounterHealthOptions | undefined,
  ): Promise<HealthIndicatorResult<Key, 'up' | 'down', FastCounterHealth>> {
    const { details = false, module } = checkHealthOptions(options);
    const { acknowledgeTimeout, updateInterval } = this.of(
      FAST_COUNTER_OPTIONS,
      module,
    ) as ResolvedOptions;
    const status = await (this.of(CounterService, module) as CounterService).status();
    const patience = patienceOf(updateInterval);
    const reasons = down({ status, now: Date.now(), acknowledgeTimeout, patience });
    const problems = status.problems.filter(({ code }) => concerns.has(code));
    const codes = [...new Set([...reasons, ...problems.map(({ code }) => code)])];
    const data: FastCounterHealth = details ? { codes, problems } : { codes };
    const session = this.indicators.check(key);
    return reasons.length > 0 ? session.down(data) : session.up(data);
  }

  private of(token: InjectionToken, module: string | undefined): unknown {
    try {
      return this.modules.get<unknown>(getFastCounterToken(token, module), { strict: false });
    } catch (cause) {
      const which = module === undefined ? 'without a name' : `with the name ${quote(module)}`;
      throw new InvalidArgumentError(
        `This application has no FastCounterModule ${which}: import FastCounterModule.forRoot() or forRootAsync(), or give ` +
          'another option "module"',
        { cause },
      );
    }
  }
}
