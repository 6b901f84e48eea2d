import type { LatePolicy } from '../../persisting/late-windows.js';
import { type CountWindow, WINDOWS } from '../../words/bucket-name.js';
import type { CacheManagerCache } from '../../cache/cache-source.js';
import type { RedisDeployment } from '../../cache/redis/clients/redis-connection.js';
import {
  DURABLE_TIMEOUT,
  type DurableClaims,
  mustBeDurable,
} from '../../cache/redis/durability.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import { isTimeZone } from '../../windows/calendar.js';
import type { OwnColumn } from '../../database/columns/own-column.js';
import type { OnPersisted } from '../../database/persisted/on-persisted.js';
import type { QuotaDefaults } from '../../metering/service/quota.types.js';
import type { NewCounterLimit } from '../../counting/sending/new-counter-limits.js';
import type { CounterQueueOptions } from '../../queue/queue-options.js';
import { QUEUE_DRIVERS, type QueueDriver } from '../../queue/queue-packages.js';
import { isRecord, OptionReader, shown } from './option-reader.js';
import type { FastCounterOptions, WindowOptions } from './options.js';
import { readOnPersisted } from './on-persisted.js';
import { readColumns } from './own-columns.js';
import { readQueueSettings } from './queue-settings.js';
import { readQuotaDefaults } from './quota-defaults.js';
import { readRedis } from './read-redis.js';
import { noteUndefinedRedis } from './undefined-redis.js';

/** The options, checked, with every default filled in. @publicApi */
export interface ResolvedOptions extends Required<
  Omit<
    FastCounterOptions,
    | ('redis' | 'cache' | 'queue' | 'dataSource' | 'name' | 'newCounterLimits' | 'windows')
    | ('columns' | 'onPersisted' | 'quotas')
  >
> {
  /** The Redis of the counts, with URLs read. @default none: `cache` was given, or counters run embedded */
  redis?: RedisDeployment;
  /** The `Cache` that was given. @default none */
  cache?: CacheManagerCache;
  /** Name of the TypeORM data source. @default the unnamed one */
  dataSource?: string;
  /** Name of the module. @default none */
  name?: string;
  /** Limits of new counters, in the order in which they were given. */
  newCounterLimits: readonly Required<NewCounterLimit>[];
  /** Windows of time; `retention` in milliseconds, 0 is forever. */
  windows: Required<WindowOptions> & { retention: Record<CountWindow, number> };
  /** Columns that are added to, in the order in which they were given. */
  columns: readonly OwnColumn[];
  /** What is called in the transaction of a batch. @default none */
  onPersisted?: OnPersisted;
  /** What holds for every quota. @default none */
  quotas?: QuotaDefaults;
  /** The queues; without `redis` they are on the Redis of the counts. */
  queue: {
    driver: QueueDriver;
    redis?: RedisDeployment;
    prefix: string;
    count: number;
    settings?: CounterQueueOptions['settings'];
  };
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** The longest retention in milliseconds: a hundred years. */
const LONGEST = 100 * 366 * DAY;
const IDENTIFIER = /^[\w.-]{1,64}$/;
const OF_IDENTIFIER = '1 to 64 characters of A-Z a-z 0-9 . _ -';

/** Throws `InvalidOptionsError` with key and value of the first option that is wrong. */
export function resolveOptions(given: unknown): ResolvedOptions {
  if (given !== undefined && !isRecord(given)) {
    throw new InvalidOptionsError(`The options must be an object, not ${shown('', given)}`);
  }
  const options = new OptionReader(given ?? {}, '');
  const queue = new OptionReader(options.record('queue') ?? {}, 'queue.');
  const driver = queue.choice('driver', QUEUE_DRIVERS, 'bull');
  const name = options.text('name', IDENTIFIER, OF_IDENTIFIER);
  const updateInterval = options.integer('updateInterval', 0, 7 * DAY, 10_000);
  const resolved: ResolvedOptions = {
    redis: readRedis(options),
    cache: options.cache('cache'),
    queue: {
      driver,
      redis: readRedis(queue),
      prefix: queue.text('prefix', IDENTIFIER, OF_IDENTIFIER) ?? prefixOf(name),
      count: queue.integer('count', 1, 100, 5),
      settings: readQueueSettings(queue, driver),
    },
    dataSource: options.text('dataSource', /./, 'the name of a TypeORM data source'),
    name,
    namespace: options.text('namespace', IDENTIFIER, OF_IDENTIFIER) ?? name ?? 'default',
    updateInterval,
    workers: options.flag('workers', true),
    isGlobal: options.flag('isGlobal', true),
    maxBufferedNames: options.integer('maxBufferedNames', 1, 10_000_000, 100_000),
    newCounterLimits: options.records('newCounterLimits').map(newCounterLimit),
    windows: windowOptions(
      new OptionReader(options.record('windows') ?? {}, 'windows.'),
      updateInterval,
    ),
    columns: readColumns(options),
    onPersisted: readOnPersisted(options),
    keepChanges: options.zeroOr('keepChanges', MINUTE, LONGEST, 0),
    quotas: readQuotaDefaults(options),
    linger: options.integer('linger', 0, 1_000, 0),
    acknowledgeTimeout: options.integer('acknowledgeTimeout', 100, HOUR, 10_000),
    commandTimeout: options.integer('commandTimeout', 100, 60_000, 5_000),
    databaseTimeout: options.integer('databaseTimeout', 100, 10 * MINUTE, 15_000),
    allowEviction: options.flag('allowEviction', false),
    durableClaims: durableClaims(
      new OptionReader(options.record('durableClaims') ?? {}, 'durableClaims.'),
    ),
    flushTimeout: options.integer('flushTimeout', 100, HOUR, 30_000),
    shutdownTimeout: options.integer('shutdownTimeout', 100, HOUR, 10_000),
    idempotencyTtl: options.integer('idempotencyTtl', 1_000, 30 * DAY, DAY),
    sweepInterval: options.integer('sweepInterval', 100, 60_000, 1_000),
  };
  options.refuseOthers();
  queue.refuseOthers();
  checkCombination(resolved);
  noteUndefinedRedis(given ?? {}, resolved);
  return resolved;
}

/** Queues of several modules have names of their own, as dashboards and `@InjectQueue()` find them by name. */
const prefixOf = (module: string | undefined): string =>
  module === undefined ? 'PersistCounter' : `${module}.PersistCounter`;

export const embeddedWithoutWorkers = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'Option "workers" is false without a Redis in "redis" or "cache": counts would live in this process alone, and ' +
      'nothing would persist them. Give a Redis, or leave "workers" out',
  );

function durableClaims(options: OptionReader): Required<DurableClaims> {
  const resolved = {
    replicas: options.integer('replicas', 0, 10, 0),
    disk: options.flag('disk', false),
    timeout: options.integer('timeout', 10, 60_000, DURABLE_TIMEOUT),
  };
  options.refuseOthers();
  return resolved;
}

function newCounterLimit(options: OptionReader): Required<NewCounterLimit> {
  options.required('prefix');
  options.required('limit');
  const prefix = options.text('prefix', /^/, 'the beginning of counter names') ?? '';
  const limit = options.integer('limit', 0, 1_000_000, 0);
  const interval = options.integer('interval', 1_000, DAY, MINUTE);
  const overflow = options.counter('overflow', `${prefix}(other)`);
  options.refuseOthers();
  return { prefix, limit, interval, overflow };
}

const LATE: readonly LatePolicy[] = ['park', 'next'];

function windowOptions(options: OptionReader, updateInterval: number): ResolvedOptions['windows'] {
  const counters = options.records('counters').map((rule) => {
    rule.required('prefix');
    const prefix = rule.text('prefix', /^/, 'the beginning of counter names') ?? '';
    const windows = rule.choices('windows', WINDOWS);
    rule.refuseOthers();
    return { prefix, windows };
  });
  const timeZone = options.text('timeZone', /./, 'an IANA time zone') ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    throw new InvalidOptionsError(
      `Option "windows.timeZone" (given: ${quote(timeZone)}) must be an IANA time zone such as Europe/Berlin`,
    );
  }
  const retention = new OptionReader(options.record('retention') ?? {}, 'windows.retention.');
  // a row that is removed while increments of its window are on their way would begin anew at 0
  const shortest = updateInterval + HOUR;
  const kept = {
    minute: retention.zeroOr('minute', shortest, LONGEST, Math.max(2 * DAY, shortest)),
    hour: retention.zeroOr('hour', shortest, LONGEST, 62 * DAY),
    day: retention.zeroOr('day', shortest, LONGEST, 0),
    week: retention.zeroOr('week', shortest, LONGEST, 0),
    month: retention.zeroOr('month', shortest, LONGEST, 0),
  };
  retention.refuseOthers();
  const acceptPast = options.integer('acceptPast', 0, LONGEST, 35 * DAY);
  const late = options.choice('late', LATE, 'park');
  options.refuseOthers();
  return { counters, timeZone, retention: kept, acceptPast, late };
}

/** Whether neither `redis` nor `cache` was given: then counts are kept in this process. */
export const isEmbedded = ({ redis, cache }: ResolvedOptions): boolean =>
  redis === undefined && cache === undefined;

function checkCombination(options: ResolvedOptions): void {
  const { redis, cache, queue } = options;
  if (redis !== undefined && cache !== undefined) {
    throw new InvalidOptionsError(
      'Options "redis" and "cache" are both given: leave one of them out, as counts are in one Redis',
    );
  }
  checkTimes(options);
  if (!isEmbedded(options)) return;
  if (!options.workers) throw embeddedWithoutWorkers();
  if (queue.redis !== undefined) {
    throw new InvalidOptionsError(
      'Option "queue.redis" is given without "redis" or "cache": counters run embedded then, and have no queues. Leave it ' +
        'out, or give "redis" as well',
    );
  }
}

/** Refuses times that cannot work together. */
function checkTimes(options: ResolvedOptions): void {
  const { acknowledgeTimeout, commandTimeout, durableClaims, idempotencyTtl, linger } = options;
  const { timeout = DURABLE_TIMEOUT } = durableClaims;
  if (mustBeDurable(durableClaims) && timeout >= commandTimeout) {
    throw new InvalidOptionsError(
      `Option "durableClaims.timeout" (${timeout}) must be less than "commandTimeout" (${commandTimeout}): ` +
        'otherwise a claim is given up before Redis says whether it is durable',
    );
  }
  if (linger >= acknowledgeTimeout) {
    throw new InvalidOptionsError(
      `Option "linger" (${linger}) must be less than "acknowledgeTimeout" (${acknowledgeTimeout}): otherwise increments ` +
        'are given up before Redis is told of them',
    );
  }
  if (idempotencyTtl <= acknowledgeTimeout) {
    throw new InvalidOptionsError(
      `Option "idempotencyTtl" (${idempotencyTtl}) must be more than "acknowledgeTimeout" (${acknowledgeTimeout}): ` +
        'otherwise an increment that is repeated after OutcomeUnknownError finds its key forgotten, and counts again',
    );
  }
}
