import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { OwnColumn } from '../../database/columns/own-column.js';
import type { OnPersisted } from '../../database/persisted/on-persisted.js';
import type { LatePolicy } from '../../persisting/late-windows.js';
import type { CountWindow } from '../../words/bucket-name.js';
import type { CacheManagerCache } from '../../cache/cache-source.js';
import type { DurableClaims } from '../../cache/redis/durability.js';
import type { RedisDeployment } from '../../cache/redis/clients/redis-connection.js';
import type { WindowedCounters } from '../../windows/windows.js';
import type { QuotaDefaults } from '../../metering/service/quota.types.js';
import type { NewCounterLimit } from '../../counting/sending/new-counter-limits.js';
import type { CounterQueueOptions } from '../../queue/queue-options.js';

/**
 * Options of `FastCounterModule.forRoot()`. All times are in milliseconds, but for `queue.settings.drainDelay`, which is in
 * seconds. An unknown key, a wrong value and an impossible combination are refused at start-up with `InvalidOptionsError`.
 *
 * @publicApi
 */
export interface FastCounterOptions {
  /**
   * The Redis that holds pending counts and the queues: a URL, `{ host, port }`, `{ sentinels, name }` or `{ cluster }`.
   *
   * @default none: without `redis` and `cache`, counters run embedded, in this process alone
   */
  redis?: string | RedisDeployment | undefined;
  /**
   * A cache-manager `Cache` of the application, instead of `redis`. The module finds its first Redis or Valkey store, and
   * opens a connection of its own to that server. With a `Cache` that has only in-memory stores, counters run embedded.
   *
   * @default none: the module makes one from `redis`
   */
  cache?: CacheManagerCache | undefined;
  /** The queues that tell workers which partitions have counts to persist. @default five queues of Bull on the Redis of the counts */
  queue?: CounterQueueOptions | undefined;
  /** Name of the TypeORM data source, as given to `TypeOrmModule.forRoot()`. @default the unnamed one */
  dataSource?: string | undefined;
  /**
   * Tells several modules of one application apart, 1 to 64 of `A-Z a-z 0-9 . _ -`: `@InjectCounterService('billing')` injects what
   * the module with the name `billing` provides. At most one module of an application has no name.
   *
   * @default none
   */
  name?: string | undefined;
  /**
   * Keeps applications apart that share a Redis or a database: 1 to 64 of `A-Z a-z 0-9 . _ -`.
   *
   * @default 'default', and of a module with a `name` that name
   */
  namespace?: string | undefined;
  /**
   * Milliseconds within which an increment reaches the database, plus one tick of at most a second. Within that time the row
   * of a counter is written at most once. 0 to 604 800 000; 0 persists at once.
   *
   * @default 10_000
   */
  updateInterval?: number | undefined;
  /** Whether this process persists: takes jobs from the queues, and writes to the database. @default true */
  workers?: boolean | undefined;
  /** Whether every module can inject `CounterService` without importing `FastCounterModule`. @default true */
  isGlobal?: boolean | undefined;
  /**
   * How many counters may wait in this process for Redis. Each increment with a key and each caller of
   * `incrAndGet()` takes a place of its own. More are refused with `BackpressureError`. 1 to 10 000 000.
   *
   * @default 100_000
   */
  maxBufferedNames?: number | undefined;
  /**
   * How many new counters users can make where names come from users. Beyond a limit, increments of new counters
   * count for an overflow counter, so the sum of all counters stays right. The first rule whose prefix fits a name holds.
   *
   * @default none
   */
  newCounterLimits?: readonly NewCounterLimit[] | undefined;
  /** Which counters are also kept per minute, hour, day, week or month, and for how long. @default none, in UTC */
  windows?: WindowOptions | undefined;
  /** What holds for every quota, unless its rule says something else. @default calls pass without an answer in a second, and are charged */
  quotas?: QuotaDefaults | undefined;
  /**
   * Columns of your own tables into which the counts of some counters are also added, in the transaction that persists these counts: to
   * sort and page by them. Every process with workers needs the same rules.
   *
   * @default none
   */
  columns?: readonly OwnColumn[] | undefined;
  /**
   * Is called in the transaction that persists a batch, with its counters and an `EntityManager` of the same transaction: to write a row
   * of an outbox, say. What it throws rolls the batch back, which is tried again. Every process with workers needs it.
   *
   * @default none
   */
  onPersisted?: OnPersisted | undefined;
  /**
   * Milliseconds for which it is kept what each batch has changed, for `CounterService.changes()`. All processes with workers need the
   * option. 0 keeps nothing; other values go from 60 000 to 3 162 240 000 000, which is 100 years.
   *
   * @default 0
   */
  keepChanges?: number | undefined;
  /**
   * Milliseconds for which an increment that is awaited may gather with others of this process, before Redis is told of them. A
   * process with few increments at a time then makes fewer calls, and each of its callers waits so much longer: for fleets
   * of many processes, where the processor of Redis is scarce. 0 to 1 000.
   *
   * @default 0
   */
  linger?: number | undefined;
  /**
   * Milliseconds after which an increment without an answer from Redis rejects with `OutcomeUnknownError`. The increment
   * stays in this process, and is delivered when Redis answers again. 100 to 3 600 000.
   *
   * @default 10_000
   */
  acknowledgeTimeout?: number | undefined;
  /** Milliseconds after which a call to Redis without an answer is given up, or repeated. 100 to 60 000. @default 5_000 */
  commandTimeout?: number | undefined;
  /**
   * Milliseconds after which a call to the database without an answer is given up. Its connection is closed, and the call is
   * repeated over another one. The database rolls back a transaction that stands still for half of this time. 100 to 600 000.
   *
   * @default 15_000
   */
  databaseTimeout?: number | undefined;
  /**
   * Whether to start on a Redis whose `maxmemory-policy` may evict increments that are not persisted yet.
   *
   * @default false
   */
  allowEviction?: boolean | undefined;
  /**
   * Where Redis must have written a claim, a batch that a worker takes, before the worker persists it.
   *
   * @default { replicas: 0, disk: false, timeout: 1_000 }
   */
  durableClaims?: DurableClaims | undefined;
  /** Milliseconds after which `flush()` rejects with `FlushTimeoutError`. 100 to 3 600 000. @default 30_000 */
  flushTimeout?: number | undefined;
  /**
   * Milliseconds that shutting down may take. After that, increments that Redis has not taken yet are lost, and the log says
   * how many counters they are of. 100 to 3 600 000.
   *
   * @default 10_000
   */
  shutdownTimeout?: number | undefined;
  /**
   * Milliseconds for which an idempotency key is known. More than `acknowledgeTimeout`, so that a caller can repeat
   * an increment whose outcome is unknown. 1 000 to 2 592 000 000.
   *
   * @default 86_400_000, a day
   */
  idempotencyTtl?: number | undefined;
  /**
   * Milliseconds between two looks for overdue counts. One process of the namespace looks for all; while
   * nothing waits, it looks every third time. 100 to 60 000.
   *
   * @default 1_000
   */
  sweepInterval?: number | undefined;
}

/** Which counters are kept per window of time, where windows begin, and for how long they are kept. @publicApi */
export interface WindowOptions {
  /** Counters whose increments are kept per window without naming the window at each call. @default none */
  counters?: readonly WindowedCounters[] | undefined;
  /**
   * The IANA time zone in which hours, days, weeks and months begin, such as `Europe/Berlin`. A process with another one than its
   * namespace was started with is refused with `TimeZoneMismatchError`. Do not change it once counts are kept: windows of
   * another zone begin at other times.
   *
   * @default 'UTC'
   */
  timeZone?: string | undefined;
  /**
   * Milliseconds for which the count of a window is kept after the end of the window, by kind of window. 0 is forever. Other
   * values go from `updateInterval` plus an hour, as counts may be on their way for so long, to 100 years.
   *
   * @default two days for minutes, two months for hours, forever for days, weeks and months
   */
  retention?: Partial<Record<CountWindow, number | undefined>> | undefined;
  /**
   * Milliseconds for which `incr()` with the option `at` takes what happened before. 0 to 100 years.
   *
   * @default 3_024_000_000, which is 35 days
   */
  acceptPast?: number | undefined;
  /**
   * Where counts go that come after `MeteringService.close()` closed their window. `'park'`: they are in the total, and
   * `MeteringService.late()` lists them. `'next'`: they also count in the window that is the present one when they are noticed. Give
   * the same value in every process: no process tells of a difference.
   *
   * @default 'park'
   */
  late?: LatePolicy | undefined;
}

/** The options that decide which providers exist: a factory of `forRootAsync()` cannot give them. @publicApi */
export type FastCounterStaticOptions = Pick<
  FastCounterOptions,
  'isGlobal' | 'dataSource' | 'name'
> & {
  /** Driver, names and number of the queues. @default { driver: 'bull', prefix: 'PersistCounter', count: 5 } */
  queue?: Pick<CounterQueueOptions, 'driver' | 'prefix' | 'count'> | undefined;
};

/** The options that a factory of `forRootAsync()` answers. @publicApi */
export type FastCounterFactoryOptions = Omit<
  FastCounterOptions,
  'isGlobal' | 'dataSource' | 'name' | 'queue'
> & {
  /** Server and settings of the queues. @default the Redis of `redis` or `cache` */
  queue?: Omit<CounterQueueOptions, 'driver' | 'prefix' | 'count'> | undefined;
};

/** A provider that makes options, for `useClass` and `useExisting` of `forRootAsync()`. @publicApi */
export interface FastCounterOptionsFactory {
  /** Answers the options, once, while the application starts. */
  createFastCounterOptions(): FastCounterFactoryOptions | Promise<FastCounterFactoryOptions>;
}

/**
 * Options of `FastCounterModule.forRootAsync()`: exactly one of `useFactory`, `useClass` and `useExisting`, and
 * beside it the options that decide which providers exist.
 *
 * @publicApi
 */
export interface FastCounterAsyncOptions extends FastCounterStaticOptions {
  /** Modules whose exports `inject`, `useClass` or `useExisting` need. @default none */
  imports?: ModuleMetadata['imports'] | undefined;
  /** Tokens of the providers that `useFactory` gets, in the order of its parameters. @default none */
  inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined;
  /** A function that answers the options. @default none */
  // the parameters of a factory are those that `inject` names
  useFactory?:
    | ((...args: never[]) => FastCounterFactoryOptions | Promise<FastCounterFactoryOptions>)
    | undefined;
  /** A class that the module provides, and that makes the options. @default none */
  useClass?: Type<FastCounterOptionsFactory> | undefined;
  /** Token of a provider of another module that makes the options. @default none */
  useExisting?: InjectionToken<FastCounterOptionsFactory> | undefined;
}
