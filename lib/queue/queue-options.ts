import type { AdvancedSettings } from 'bull';
import type { RedisDeployment } from '../cache/redis/clients/redis-connection.js';

/** @publicApi */
export interface CounterQueueOptions {
  /**
   * The Redis for the queues, if it is another than that of the counts, as in `redis`.
   *
   * @default the Redis of `redis` or `cache`
   */
  redis?: string | RedisDeployment | undefined;
  /** Queues are named after it, with their number: `PersistCounter0` … @default 'PersistCounter' */
  prefix?: string | undefined;
  /**
   * How many queues, 1 to 100. A counter always goes to the same one. `forRootAsync()` takes it beside
   * the factory. @default 5
   */
  count?: number | undefined;
  /** Bull's advanced settings. @default Bull's own, but maxStalledCount 100, and guardInterval, stalledInterval
   * and drainDelay two minutes */
  settings?: AdvancedSettings | undefined;
}
