import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { CountWindow } from '../../words/bucket-name.js';
import type { CacheManagerCache } from '../../cache/cache-source.js';
import type { DurableClaims } from '../../cache/redis/durability.js';
import type { RedisDeployment } from '../../cache/redis/clients/redis-connection.js';
import type { WindowedCounters } from '../../windows/windows.js';
import type { NewCounterLimit } from '../../counting/sending/new-counter-limits.js';
import type { CounterQueueOptions } from '../../queue/queue-options.js';

/**
 * Options of `FastCounterModule.forRoot()`. All times are in milliseconds.
 *
 * @publicApi
 */
export interface FastCounterOptions {
  /**
   * The Redis that holds what is pending, and the queues: a URL or `{ host, port }`, `{ sentinels, name }` or
   * `{ cluster }`. Without `redis` and `cache`, counters run embedded: in this process alone.
   */
  redis?: string | RedisDeployment | undefined;
  /**
   * Your own cache-manager `Cache` instead of `redis`: its first Redis or Valkey store is used, over a
   * connection of our own. One with in-memory stores only runs embedded.
   */
  cache?: CacheManagerCache | undefined;
  /** The Bull queues. */
  queue?: CounterQueueOptions | undefined;
  /** Name of the TypeORM data source, as given to `TypeOrmModule.forRoot()`. @default the unnamed one */
  dataSource?: string | undefined;
  /**
   * Keeps applications apart that share a Redis or a table: 1 to 64 of `A-Z a-z 0-9 . _ -`.
   *
   * @default 'default'
   */
  namespace?: string | undefined;
  /**
   * Within this time (plus one tick of at most a second) an increment reaches the database; a counter's
   * row is written at most once in it. 0 to 604 800 000.
   *
   * @default 10_000
   */
  updateInterval?: number | undefined;
  /** Whether this process takes jobs from the queues. @default true */
  workers?: boolean | undefined;
  /** Whether `CounterService` can be injected without importing the module. @default true */
  isGlobal?: boolean | undefined;
  /**
   * How many counters may wait in this process for Redis (and increments with an idempotency key,
   * each); more are refused with `BackpressureError`. 1 to 10 000 000.
   *
   * @default 100_000
   */
  maxBufferedNames?: number | undefined;
  /**
   * Keeps names that come from users from becoming counters without end: increments of new counters
   * beyond a limit count for an overflow counter, so that the total stays right. The first whose
   * prefix fits holds.
   *
   * @default none
   */
  newCounterLimits?: readonly NewCounterLimit[] | undefined;
  /** Which counters are kept per minute, hour, day or month, and for how long. */
  windows?: WindowOptions | undefined;
  /**
   * After this time without an answer from Redis an increment rejects with `OutcomeUnknownError`; it
   * is still delivered when Redis returns. 100 to 3 600 000.
   *
   * @default 10_000
   */
  acknowledgeTimeout?: number | undefined;
  /** After this time without an answer a call to Redis is given up, or repeated. 100 to 60 000. @default 5_000 */
  commandTimeout?: number | undefined;
  /**
   * After this time without an answer a call to the database is given up, its connection closed, and
   * the call repeated over another; a transaction that stands still for half of it is rolled back by
   * the database. 100 to 600 000.
   *
   * @default 15_000
   */
  databaseTimeout?: number | undefined;
  /**
   * Whether to start on a Redis whose `maxmemory-policy` evicts keys of any kind, increments that are
   * not persisted yet among them. @default false
   */
  allowEviction?: boolean | undefined;
  /** Where a claim must be before it is persisted. @default { replicas: 0, disk: false, timeout: 1_000 } */
  durableClaims?: DurableClaims | undefined;
  /** After this time `flush()` rejects with `FlushTimeoutError`. 100 to 3 600 000. @default 30_000 */
  flushTimeout?: number | undefined;
  /** How long shutting down may take before what is left is given up. 100 to 3 600 000. @default 10_000 */
  shutdownTimeout?: number | undefined;
  /**
   * How long an idempotency key is known: longer than `acknowledgeTimeout`, so that an increment can be
   * repeated. 1 000 to 2 592 000 000.
   *
   * @default 86_400_000, a day
   */
  idempotencyTtl?: number | undefined;
  /**
   * How often the workers look for what is overdue: one process for all of them, and every third time
   * while nothing waits. 100 to 60 000.
   *
   * @default 1_000
   */
  sweepInterval?: number | undefined;
}

/** @publicApi */
export interface WindowOptions {
  /** Counters kept per window without being told at each call. @default none */
  counters?: readonly WindowedCounters[] | undefined;
  /**
   * Where hours, days and months begin: an IANA time zone such as `Europe/Berlin`, the same in every process of
   * a namespace: another is refused with `TimeZoneMismatchError`. Not to be changed once counts are kept: the
   * windows of another zone begin at other times.
   *
   * @default 'UTC'
   */
  timeZone?: string | undefined;
  /**
   * How long what was counted in a window is kept after its end, in milliseconds: 0, which is forever,
   * or from `updateInterval` plus an hour (some of it may be on its way for so long) to 100 years.
   *
   * @default two days of minutes, two months of hours, forever for days and months
   */
  retention?: Partial<Record<CountWindow, number | undefined>> | undefined;
}

/** What decides which providers exist, and so cannot come from a factory. @publicApi */
export type FastCounterStaticOptions = Pick<FastCounterOptions, 'isGlobal' | 'dataSource'> & {
  queue?: Pick<CounterQueueOptions, 'prefix' | 'count'> | undefined;
};

/** What a factory answers. @publicApi */
export type FastCounterFactoryOptions = Omit<
  FastCounterOptions,
  'isGlobal' | 'dataSource' | 'queue'
> & {
  queue?: Omit<CounterQueueOptions, 'prefix' | 'count'> | undefined;
};

/** For `useClass` and `useExisting`. @publicApi */
export interface FastCounterOptionsFactory {
  createFastCounterOptions(): FastCounterFactoryOptions | Promise<FastCounterFactoryOptions>;
}

/**
 * Options of `FastCounterModule.forRootAsync()`: one of `useFactory`, `useClass`, `useExisting`; beside
 * it what decides which providers exist.
 *
 * @publicApi
 */
export interface FastCounterAsyncOptions extends FastCounterStaticOptions {
  imports?: ModuleMetadata['imports'] | undefined;
  inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined;
  // a factory's parameters are whatever `inject` names
  useFactory?:
    | ((...args: never[]) => FastCounterFactoryOptions | Promise<FastCounterFactoryOptions>)
    | undefined;
  useClass?: Type<FastCounterOptionsFactory> | undefined;
  useExisting?: InjectionToken<FastCounterOptionsFactory> | undefined;
}
