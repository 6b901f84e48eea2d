import type { StoreProblem } from '../cache/counter-cache.js';
import type { Wake } from '../cache/wake.js';

/**
 * Persists what is due in a partition, by the job of this id or by none; answers the job that is to be
 * made for what is due next.
 */
export type PersistRun = (partition: number, job?: string) => Promise<Wake | undefined>;

/** @publicApi */
export interface QueueJobs {
  /** For a worker. */
  waiting: number;
  /** For a worker, in a queue that somebody paused. */
  paused: number;
  /** With a worker. */
  active: number;
  /** For later. */
  delayed: number;
  /** Kept for inspection; the sweeper makes up for them. */
  failed: number;
}

/**
 * Carries the message "this partition has something due" to a worker, and nothing else: a message
 * that is lost, late or repeated does no harm, as the sweeper finds what is overdue.
 */
export interface PersistQueue {
  /**
   * Has a worker run the partition. Never throws and never waits; one message a partition is under way at a
   * time, and only the last of those that wait behind it is sent.
   */
  trigger(partition: number, wake: Wake): void;
  /** Begins to run, in this process, what is triggered in any process. */
  work(run: PersistRun): void;
  /** What speaks against its server, as that is set up. Rejects with `CacheUnavailableError` where it does not answer. */
  inspect(): Promise<StoreProblem[]>;
  /** How many messages there are. */
  jobs(partition: number): Promise<QueueJobs>;
  /** Takes no more messages, and waits for the runs under way, at most so many milliseconds. */
  close(deadline: number): Promise<void>;
}
