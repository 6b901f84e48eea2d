export type { CountWindow } from './cache/bucket-name.js';
export type { CacheManagerCache } from './cache/cache-source.js';
export type { CounterCache, PartitionHealth } from './cache/counter-cache.js';
export type {
  RedisAddress,
  RedisCluster,
  RedisConnection,
  RedisDeployment,
  RedisSentinels,
} from './cache/redis-connection.js';
export type { DurableClaims } from './cache/redis/durability.js';
export type { Problem, ProblemCode } from './counting/problems.js';
export { CounterService } from './counting/counter.service.js';
export type {
  BigIntAnswer,
  CounterDelta,
  Increment,
  IncrementOptions,
  ListedCounter,
  ListOptions,
  TryIncrementOptions,
} from './counting/counter.types.js';
export type { WindowedCounters } from './counting/windows.js';
export type { NewCounterLimit } from './counting/new-counter-limits.js';
export {
  type ParkedCount,
  ParkedCounts,
  type ParkedParcel,
  type ReplayResult,
} from './counting/parked-counts.js';
export type {
  Accepting,
  Answering,
  BufferStatus,
  CounterStatus,
  PartitionStatus,
} from './counting/status.js';
export {
  BackpressureError,
  CacheUnavailableError,
  CounterOverflowError,
  DatabaseUnavailableError,
  FastCounterError,
  type FastCounterErrorCode,
  FlushTimeoutError,
  IdempotencyConflictError,
  InvalidArgumentError,
  InvalidCounterNameError,
  InvalidOptionsError,
  NewCounterLimitError,
  OutcomeUnknownError,
  ShutDownError,
  UnsafeCountError,
} from './errors.js';
export {
  ProtocolMismatchError,
  QueueCountMismatchError,
  RedisMismatchError,
  DatabaseMismatchError,
  TimeZoneMismatchError,
} from './mismatch-errors.js';
export { type CounterEventMap, CounterEvents } from './events.js';
export type { OperationClass, Outage } from './outages.js';
export type { Refused } from './refusals.js';
export { CallNotCountedError } from './metering/meter/call-not-counted.error.js';
export { CountCalls, SkipCountCalls } from './metering/decorator/count-calls.decorator.js';
export type {
  CallOutcome,
  CountCallsOptions,
  CountedCall,
} from './metering/rules/count-calls.types.js';
export { type Dimensions, meteredName, parseMeteredName } from './metering/service/dimensions.js';
export { MeteringService } from './metering/service/metering.service.js';
export { Quota } from './metering/quota/quota.decorator.js';
export type { OfCall, QuotaRule } from './metering/quota/quota-rule.js';
export type {
  Group,
  GroupOptions,
  MeterOptions,
  Quota as QuotaState,
  QuotaOptions,
  SeriesOptions,
  SeriesPoint,
} from './metering/service/metering.types.js';
export { FastCounterModule } from './module/fast-counter.module.js';
export type {
  FastCounterAsyncOptions,
  FastCounterFactoryOptions,
  FastCounterOptions,
  FastCounterOptionsFactory,
  WindowOptions,
} from './module/options.js';
export {
  COUNTER_CACHE,
  COUNTER_STORE,
  FAST_COUNTER_CACHE_MANAGER,
  FAST_COUNTER_OPTIONS,
  PERSIST_QUEUE,
} from './module/tokens.js';
export type { CounterStore } from './persistence/counter-store.js';
export { CounterBucket } from './persistence/counter-bucket.entity.js';
export { Counter } from './persistence/counter.entity.js';
export { fastCounterEntities } from './persistence/entities.js';
export { CounterLedger } from './persistence/ledger.entity.js';
export {
  joinMisplacedBuckets,
  type MisplacedBuckets,
  type MisplacedBucketsOptions,
} from './persistence/migrations/join-misplaced-buckets.js';
export {
  downFastCounter,
  type SchemaOptions,
  upFastCounter,
} from './persistence/migrations/migrate.js';

export type { PersistQueue, QueueJobs } from './queue/persist-queue.js';
export type { CounterQueueOptions } from './queue/queue-options.js';
