import type { AdvancedSettings } from 'bull';
import type { RedisDeployment } from '../cache/redis/clients/redis-connection.js';

/** The Bull queues. @publicApi */
export interface CounterQueueOptions {
  /**
   * Another Redis for the queues, given as in `redis`.
   *
   * @default the Redis of `redis` or `cache`
   */
  redis?: string | RedisDeployment | undefined;
  /** Names the queues: `PersistCounter0`, `PersistCounter1` … 1 to 64 of `A-Z a-z 0-9 . _ -`. @default 'PersistCounter' */
  prefix?: string | undefined;
  /**
   * How many queues, 1 to 100: also the number of partitions. A counter always goes to the same one, so a process with another
   * number than its namespace was started with is refused with `QueueCountMismatchError`.
   *
   * @default 5
   */
  count?: number | undefined;
  /**
   * Bull's advanced settings. Times are in milliseconds, `drainDelay` is in seconds.
   *
   * @default Bull's own, but maxStalledCount 100, stalledInterval and drainDelay two minutes, and guardInterval ten
   */
  settings?: AdvancedSettings | undefined;
}
