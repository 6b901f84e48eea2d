import type { RedisDeployment } from '../cache/redis/clients/redis-connection.js';
import type { QueueDriver } from './queue-packages.js';

/**
 * Settings of the workers, by the names that Bull has for them. All times but `drainDelay` are in milliseconds. Those that BullMQ has
 * nothing like are refused with it.
 *
 * @publicApi
 */
export interface CounterQueueSettings {
  /** How long a worker holds a job without prolonging that. @default 30_000 */
  lockDuration?: number | undefined;
  /** How often a worker prolongs it. @default half of `lockDuration` */
  lockRenewTime?: number | undefined;
  /** How often each worker looks for jobs of workers that died; 0 is never. @default 120_000, in one process for all */
  stalledInterval?: number | undefined;
  /** How often a job may be handed on from a worker that died. @default 100 */
  maxStalledCount?: number | undefined;
  /** With Bull: how often a worker looks for delayed jobs that it was not told of. @default 600_000 */
  guardInterval?: number | undefined;
  /** With Bull: the pause after an error of Redis. @default 5_000 */
  retryProcessDelay?: number | undefined;
  /** Seconds for which a worker waits for a job before it asks again. @default 120 */
  drainDelay?: number | undefined;
  /** With Bull, and not used: no job is tried twice. @default none */
  backoffStrategies?: object | undefined;
}

/** The queues. @publicApi */
export interface CounterQueueOptions {
  /**
   * What carries the queues: `'bull'`, by the packages `@nestjs/bull` and `bull`, or `'bullmq'`, by the package `bullmq`. Only the
   * packages of the chosen one need be installed. Embedded, counters have no queues.
   *
   * @default 'bull'
   */
  driver?: QueueDriver | undefined;
  /**
   * Another Redis for the queues, given as in `redis`.
   *
   * @default the Redis of `redis` or `cache`
   */
  redis?: string | RedisDeployment | undefined;
  /**
   * Names the queues: `PersistCounter0`, `PersistCounter1` … 1 to 64 of `A-Z a-z 0-9 . _ -`.
   *
   * @default 'PersistCounter', of a module with a `name` that name and `.PersistCounter`
   */
  prefix?: string | undefined;
  /**
   * How many queues, 1 to 100: also the number of partitions. A counter always goes to the same one, so a process with another
   * number than its namespace was started with is refused with `QueueCountMismatchError`.
   *
   * @default 5
   */
  count?: number | undefined;
  /**
   * Settings of the workers.
   *
   * @default the driver's own, but maxStalledCount 100, stalledInterval 120_000, drainDelay 120 (seconds), and with Bull guardInterval 600_000
   */
  settings?: CounterQueueSettings | undefined;
}
