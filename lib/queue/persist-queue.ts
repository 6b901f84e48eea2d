import type { StoreProblem } from '../cache/counter-cache.js';
import type { Wake } from '../cache/wake.js';

/**
 * Persists what is due in a partition. `job` is the id of the job that the worker took, if it took one. Answers
 * the job that is to be sent for what is due next.
 */
export type PersistRun = (partition: number, job?: string) => Promise<Wake | undefined>;

/** How many jobs a queue has, by their state. @publicApi */
export interface QueueJobs {
  /** Jobs that wait for a worker. */
  waiting: number;
  /** Jobs that wait in a queue which somebody paused. */
  paused: number;
  /** Jobs that a worker has. */
  active: number;
  /** Jobs for later. */
  delayed: number;
  /** Jobs that failed, kept for inspection: the sweeper does their work. */
  failed: number;
}

/**
 * Tells workers that a partition has counts to persist. A job carries the number of the partition and nothing else: a
 * job that is lost, late or repeated does no harm, as the sweeper finds what is overdue.
 */
export interface PersistQueue {
  /**
   * Sends a job for the partition. Never throws, and does not wait for the server. One job of a partition is sent
   * at a time; of those asked for meanwhile, only the last is sent.
   */
  trigger(partition: number, wake: Wake): void;
  /** Takes jobs, whichever process sent them, and calls `run` for each. */
  work(run: PersistRun): void;
  /** What is wrong with its server as that is set up. Rejects with `CacheUnavailableError` where the server does not answer. */
  inspect(): Promise<StoreProblem[]>;
  /** How many jobs the queue of a partition has. */
  jobs(partition: number): Promise<QueueJobs>;
  /** Whether somebody paused the queue of a partition. Rejects as `resume()` does. */
  isPaused?(partition: number): Promise<boolean>;
  /**
   * Has the queue of a partition go on in all processes, where somebody paused it. Rejects with `CacheUnavailableError` where the server
   * does not answer, or refuses.
   */
  resume?(partition: number): Promise<void>;
  /** Hands jobs of workers that died to others. Called often: looks once in two minutes. Never throws. */
  reclaim?(): void;
  /** Takes no more jobs, and waits for those under way, at most `milliseconds`. */
  close(deadline: number): Promise<void>;
}
