import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { CounterService } from '../counting/counter.service.js';
import type { CountingParts } from '../counting/counting-parts.js';
import { CounterEvents } from '../events.js';
import { MeteringService } from '../metering/service/metering.service.js';
import { QuotaTaker } from '../metering/service/quota-taker.js';
import { ParkedCounts } from '../operating/parked-counts.js';
import { logEvents } from './event-log.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { FAST_COUNTER_OPTIONS } from './tokens.js';

/** What users inject, beside the ports. */
export const services = [CounterService, MeteringService, ParkedCounts, CounterEvents];

/** What the services stand on. */
interface Engine {
  parts: CountingParts;
  parked: ParkedCounts;
}

/** The services of the engine that a token injects; `at` answers the token of each. */
export function servicesOf(
  engine: InjectionToken,
  at: (token: InjectionToken) => InjectionToken = (token) => token,
): Provider[] {
  const events: FactoryProvider<CounterEvents> = {
    provide: at(CounterEvents),
    inject: [at(FAST_COUNTER_OPTIONS)],
    useFactory: ({ namespace }: ResolvedOptions) => {
      const made = new CounterEvents(namespace);
      logEvents(made);
      return made;
    },
  };
  const service: FactoryProvider<CounterService> = {
    provide: at(CounterService),
    inject: [engine],
    useFactory: ({ parts }: Engine) => new CounterService(parts),
  };
  const parked: FactoryProvider<ParkedCounts> = {
    provide: at(ParkedCounts),
    inject: [engine],
    useFactory: (made: Engine) => made.parked,
  };
  const quotas: FactoryProvider<QuotaTaker> = {
    provide: QuotaTaker,
    inject: [engine, at(FAST_COUNTER_OPTIONS)],
    useFactory: ({ parts }: Engine, { quotas: defaults }: ResolvedOptions) =>
      new QuotaTaker(parts, defaults),
  };
  const metering: FactoryProvider<MeteringService> = {
    provide: at(MeteringService),
    inject: [at(CounterService), engine, QuotaTaker],
    useFactory: (counters: CounterService, { parts }: Engine, taker: QuotaTaker) =>
      new MeteringService(counters, parts, taker),
  };
  return [events, service, quotas, metering, parked];
}
