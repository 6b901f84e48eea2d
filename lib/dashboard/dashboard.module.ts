import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type InjectionToken,
  Module,
  type NestModule,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CounterService } from '../counting/counter.service.js';
import { InvalidOptionsError, quote } from '../errors.js';
import { CounterEvents } from '../events.js';
import { MeteringService } from '../metering/service/metering.service.js';
import { getFastCounterToken } from '../module/named/services.js';
import { COUNTER_STORE, FAST_COUNTER_OPTIONS } from '../module/tokens.js';
import { ParkedCounts } from '../operating/parked-counts.js';
import { Calendar } from '../windows/calendar.js';
import type { Sources } from './api/sources.js';
import { Dashboard } from './dashboard.js';
import {
  type FastCounterDashboardOptions,
  resolveDashboardOptions,
  type ResolvedDashboardOptions,
} from './dashboard-options.js';
import { dashboardController, routeRest } from './http/dashboard.controller.js';
import { DASHBOARD_CONTROLLER, DASHBOARD_OPTIONS } from './tokens.js';

type Injected = [
  Sources['counters']?,
  Sources['metering']?,
  Sources['parked']?,
  Sources['events']?,
  Sources['options']?,
  { ownLedger?: unknown }?,
];

/**
 * Serves the dashboard: a page that shows what is counted and whether counts get on, and by which operators replay or discard parked
 * counts. On Express and Fastify. It refuses to start without a guard.
 *
 * @example
 * \@Module({
 *   imports: [
 *     FastCounterModule.forRoot({ redis: process.env.REDIS_URL }),
 *     FastCounterDashboardModule.forRoot({ path: 'ops/counters', guard: OperatorGuard, imports: [AuthModule] }),
 *   ],
 * })
 * export class AppModule {}
 * @publicApi
 */
@Module({})
export class FastCounterDashboardModule implements NestModule {
  constructor(
    @Inject(DASHBOARD_CONTROLLER) private readonly controller: Type,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Not for users: Nest calls it before it makes the routes. */
  configure(): void {
    routeRest(this.controller, this.host.httpAdapter.getType());
  }

  /**
   * The module with its page at `path`.
   *
   * @throws InvalidOptionsError the guard is missing, or another option is wrong
   */
  static forRoot(given: FastCounterDashboardOptions): DynamicModule {
    const options = resolveDashboardOptions(given);
    const controller = dashboardController(options);
    return {
      module: FastCounterDashboardModule,
      imports: options.imports ?? [],
      controllers: [controller],
      providers: [
        { provide: DASHBOARD_OPTIONS, useValue: options },
        { provide: DASHBOARD_CONTROLLER, useValue: controller },
        dashboardOf(options),
      ],
    };
  }
}

function dashboardOf({ name, quotas }: ResolvedDashboardOptions): FactoryProvider<Dashboard> {
  const tokens: InjectionToken[] = [
    ...[CounterService, MeteringService, ParkedCounts, CounterEvents, FAST_COUNTER_OPTIONS],
    COUNTER_STORE,
  ];
  return {
    provide: Dashboard,
    inject: tokens.map((token) => ({ token: getFastCounterToken(token, name), optional: true })),
    useFactory: (...injected: Injected) => {
      const [counters, metering, parked, events, options, store] = injected;
      if (!counters || !metering || !parked || !events || !options) throw nobodyCounts(name);
      const calendar = new Calendar(options.windows.timeZone);
      const isEmbedded = store?.ownLedger !== undefined;
      const sources = { counters, metering, parked, events, options, calendar, quotas, isEmbedded };
      return new Dashboard(sources);
    },
  };
}

function nobodyCounts(name: string | undefined): InvalidOptionsError {
  const which = name === undefined ? 'without a name' : `with the name ${quote(name)}`;
  return new InvalidOptionsError(
    `FastCounterDashboardModule.forRoot() finds no FastCounterModule ${which} in this application: import one. Where it is not global, ` +
      'give it in the option "imports" of the dashboard too',
  );
}
