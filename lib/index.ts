export type { BucketWindow, CountWindow } from './words/bucket-name.js';
export type { CacheManagerCache } from './cache/cache-source.js';
export type { CounterCache, PartitionHealth } from './cache/counter-cache.js';
export type {
  RedisAccess,
  RedisAddress,
  RedisCluster,
  RedisConnection,
  RedisDeployment,
  RedisNaming,
  RedisNatMap,
  RedisSentinels,
} from './cache/redis/clients/redis-connection.js';
export type { DurableClaims } from './cache/redis/durability.js';
export type { Problem, ProblemCode } from './operating/problems.js';
export type { CounterChanges } from './counting/counter-changes.js';
export type { CounterReads } from './counting/counter-reads.js';
export { type CounterId, NamedCounter, type TopOfHandle } from './counting/named-counter.js';
export type { TopRange } from './counting/top-range.js';
export { CounterService } from './counting/counter.service.js';
export type { ImportedEvents } from './counting/correcting/import-events.js';
export type { ChangesOptions, MoveOptions } from './input/change-options.js';
export type { CounterChanged } from './reading/changes/change-reader.js';
export type { Imported, ImportOptions } from './counting/correcting/import-totals.js';
export type { Erased } from './counting/correcting/erasing.js';
export type { Drift, Reconciled, ReconcileOptions } from './counting/correcting/reconcile.js';
export type {
  BigIntAnswer,
  ChangeOptions,
  CounterDelta,
  CounterIncrement,
  IncrementOptions,
  ListedCounter,
  ListOptions,
  OnceOptions,
  PrefixOptions,
  SettledAnswer,
  TransactionalOptions,
  TryIncrementOptions,
  WatchOptions,
} from './input/counter.types.js';
export type { WindowedCounters } from './windows/windows.js';
export type { NewCounterLimit } from './counting/sending/new-counter-limits.js';
export type { ParkedCount } from './operating/parked-entry.js';
export { ParkedCounts, type ParkedParcel, type ReplayResult } from './operating/parked-counts.js';
export type {
  CacheStatus,
  ServerStatus,
  BufferStatus,
  OutboxStatus,
  CounterStatus,
  PartitionStatus,
  PersistingStatus,
  WorkerStatus,
} from './operating/status/status.types.js';
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
  ChangesMissedError,
  TimeZoneMismatchError,
  UnexpectedError,
} from './mismatch-errors.js';
export { type CounterEventMap, CounterEvents } from './events.js';
export type { OperationClass, Outage } from './incidents/outages.js';
export type { Refused } from './incidents/refusals.js';
export { CallNotCountedError } from './metering/meter/call-not-counted.error.js';
export { CountCalls, SkipCountCalls } from './metering/decorator/count-calls.decorator.js';
export type {
  AnswerOf,
  CallOutcome,
  CountableMethod,
  CountCallsOptions,
  CountedCall,
  UnknownMethod,
} from './metering/rules/count-calls.types.js';
export {
  type Dimensions,
  type DimensionValue,
  meteredName,
  parseMeteredName,
} from './metering/service/dimensions.js';
export type {
  Corrected,
  Correction,
  CorrectionsOptions,
  CorrectOptions,
} from './metering/service/corrections/correction.types.js';
export type { ImportEventsOptions, MeteredEvent } from './metering/service/imports/import.types.js';
export type { MeteringCorrections } from './metering/service/corrections/metering-corrections.js';
export { WindowNotCompleteError } from './metering/service/closing/window-not-complete.error.js';
export type { MeteringClosings } from './metering/service/closing/metering-closings.js';
export type { MeteringReads } from './metering/service/reads/metering-reads.js';
export { MeteringService } from './metering/service/metering.service.js';
export type { ErasedPart, EraseOptions } from './metering/service/forgetting/erase-options.js';
export type { ResetOptions, ResetUsage } from './metering/service/forgetting/reset-options.js';
export { Quota, SkipQuota } from './metering/quota/quota.decorator.js';
export type { QuotaDimensions } from './metering/quota/asked-quota.js';
export type { RefusedQuota } from './metering/quota/refused-quota.js';
export { QuotaGuard } from './metering/quota/quota.guard.js';
export type { PerCall, QuotaRule } from './metering/quota/quota-rule.js';
export type {
  MeteredGroup,
  MeteredGroupOptions,
  MeterOptions,
  SeriesOptions,
  SeriesPoint,
  TopCounter,
  TopOptions,
  Usage,
  UsageOptions,
  UsagePart,
} from './metering/service/metering.types.js';
export type {
  ConsumedQuota,
  QuotaDefaults,
  QuotaLookOptions,
  QuotaOptions,
  QuotaState,
} from './metering/service/quota.types.js';
export type {
  OwnMonth,
  OwnWindow,
  OwnZone,
  QuotaWindow,
} from './metering/service/windows/quota-window.types.js';
export {
  getCounterToken,
  getFastCounterToken,
  InjectCounter,
  InjectCounterEvents,
  InjectCounterService,
  InjectMeteringService,
  InjectParkedCounts,
} from './module/named/services.js';
export { FastCounterModule } from './module/fast-counter.module.js';
export type {
  FastCounterAsyncOptions,
  FastCounterFactoryOptions,
  FastCounterOptions,
  FastCounterOptionsFactory,
  FastCounterStaticOptions,
  WindowOptions,
} from './module/options/options.js';
export type { ResolvedOptions } from './module/options/resolve-options.js';
export {
  COUNTER_CACHE,
  COUNTER_STORE,
  FAST_COUNTER_CACHE_MANAGER,
  FAST_COUNTER_OPTIONS,
  PERSIST_QUEUE,
} from './module/tokens.js';
export type { CounterStore } from './database/counter-store.js';
export type {
  ClosedUsage,
  CloseOptions,
  ClosingsOptions,
  LateCount,
  LateCounts,
  LateOptions,
} from './metering/service/closing/closing.types.js';
export type { LatePolicy } from './persisting/late-windows.js';
export type { OwnColumn } from './database/columns/own-column.js';
export type {
  OnPersisted,
  PersistedBatch,
  PersistedCount,
} from './database/persisted/on-persisted.js';
export type { CountingTransaction } from './database/outbox/outbox.js';
export { CounterCorrection } from './database/entities/counter-correction.entity.js';
export { CounterImport } from './database/entities/counter-import.entity.js';
export {
  CounterClosed,
  CounterClosing,
  CounterLate,
} from './database/entities/closing.entities.js';
export { CounterOutbox } from './database/entities/counter-outbox.entity.js';
export { CounterChange } from './database/entities/counter-change.entity.js';
export { CounterBucket } from './database/entities/counter-bucket.entity.js';
export { CounterUsage } from './database/entities/counter-usage.entity.js';
export { Counter } from './database/entities/counter.entity.js';
export { fastCounterEntities } from './database/entities/entities.js';
export { CounterLedger } from './database/entities/ledger.entity.js';
export {
  joinMisplacedBuckets,
  type MisplacedBuckets,
  type MisplacedBucketsOptions,
} from './database/migrations/join-misplaced-buckets.js';
export { fastCounterMigrations } from './database/migrations/migrations.js';
export {
  downFastCounter,
  type SchemaOptions,
  upFastCounter,
} from './database/migrations/migrate.js';

export type { PersistQueue, QueueJobs } from './queue/persist-queue.js';
export type { CounterQueueOptions, CounterQueueSettings } from './queue/queue-options.js';
export type { QueueDriver } from './queue/queue-packages.js';
export type * as ports from './ports.js';
