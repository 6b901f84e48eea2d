import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import type { CacheSource } from '../cache/cache-source.js';
import type { CounterCache } from '../cache/counter-cache.js';
import { createCounterCache } from '../cache/create-counter-cache.js';
import { CounterService } from '../counting/counter.service.js';
import { CounterEvents } from '../events.js';
import { CallMeter } from '../metering/meter/call-meter.js';
import { QuotaTaker } from '../metering/service/quota-taker.js';
import type { CounterStore } from '../database/counter-store.js';
import { namespacesOf } from '../database/namespaces.js';
import { dataSourceToken } from '../database/persistence-module.js';
import { type DataSource, openCounterStore } from '../database/open-counter-store.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { CounterEngine } from './engine/counter-engine.js';
import { Lifecycle } from './lifecycle.js';
import { getFastCounterToken } from './named/services.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { openQueue } from './queues.module.js';
import { services, servicesOf } from './services.js';
import {
  QUEUES,
  QUEUE_SETTINGS,
  CACHE_SOURCE,
  COUNTER_CACHE,
  COUNTER_STORE,
  FAST_COUNTER_OPTIONS,
  PERSIST_QUEUE,
} from './tokens.js';

type LifecycleParts = ConstructorParameters<typeof Lifecycle>;

/** What a module shows, with a name or without. */
const shown = [...services, COUNTER_CACHE, COUNTER_STORE, PERSIST_QUEUE];

export const publicProviders = (module: string | undefined): InjectionToken[] => [
  ...shown.map((token) => getFastCounterToken(token, module)),
  // not for users: for guards, which Nest makes in the modules of their controllers
  ...(module === undefined ? [QuotaTaker] : []),
];

/** Binds the ports to their implementations, and the lifecycle to what it drives. */
export function coreProviders({ dataSource, name }: ResolvedOptions): Provider[] {
  const at = (token: InjectionToken): InjectionToken => getFastCounterToken(token, name);
  const cache: FactoryProvider<CounterCache> = {
    provide: at(COUNTER_CACHE),
    inject: [at(FAST_COUNTER_OPTIONS), CACHE_SOURCE],
    useFactory: (options: ResolvedOptions, source: CacheSource) =>
      createCounterCache(source, {
        namespace: options.namespace,
        queues: options.queue.count,
        timeZone: options.windows.timeZone,
        commandTimeout: options.commandTimeout,
        durableClaims: options.durableClaims,
        timings: { idempotencyTtl: options.idempotencyTtl },
      }),
  };
  const store: FactoryProvider<CounterStore> = {
    provide: at(COUNTER_STORE),
    inject: [dataSourceToken(dataSource), at(FAST_COUNTER_OPTIONS), CACHE_SOURCE],
    useFactory: (database: DataSource, options: ResolvedOptions, source: CacheSource) => {
      const {
        namespace: counters,
        queue,
        databaseTimeout,
        columns,
        onPersisted,
        keepChanges,
      } = options;
      const process =
        source.kind === 'memory' ? source.states(counters, queue.count).id : undefined;
      const namespaces = namespacesOf(counters, process);
      return openCounterStore(database, namespaces, databaseTimeout, columns, {
        ...{ onPersisted, keepChanges },
      });
    },
  };
  const queue: FactoryProvider<PersistQueue> = {
    provide: at(PERSIST_QUEUE),
    inject: [
      at(COUNTER_CACHE),
      at(CounterEvents),
      QUEUE_SETTINGS,
      { token: QUEUES, optional: true },
    ],
    useFactory: openQueue,
  };
  const engine: FactoryProvider<CounterEngine> = {
    provide: CounterEngine,
    inject: [
      at(FAST_COUNTER_OPTIONS),
      at(COUNTER_CACHE),
      at(COUNTER_STORE),
      at(PERSIST_QUEUE),
      at(CounterEvents),
      CACHE_SOURCE,
    ],
    useFactory: (
      options: ResolvedOptions,
      ...[counterCache, counterStore, persistQueue, counterEvents, source]: [
        CounterCache,
        CounterStore,
        PersistQueue,
        CounterEvents,
        CacheSource,
      ]
    ) =>
      new CounterEngine(options, {
        cache: counterCache,
        store: counterStore,
        queue: persistQueue,
        events: counterEvents,
        source,
      }),
  };
  const lifecycle: FactoryProvider<Lifecycle> = {
    provide: Lifecycle,
    inject: [
      CounterEngine,
      at(FAST_COUNTER_OPTIONS),
      CallMeter,
      at(CounterService),
      at(CounterEvents),
    ],
    useFactory: (...[made, options, meter, counters, told]: LifecycleParts) =>
      new Lifecycle(made, options, meter, counters, told),
  };
  return [cache, store, queue, engine, ...servicesOf(CounterEngine, at), lifecycle];
}
