/** Persists what is due in a partition; answers in how many milliseconds something is due next. */
export type PersistRun = (partition: number) => Promise<number | undefined>;

/** @publicApi */
export interface QueueJobs {
  /** For a worker. */
  waiting: number;
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
  /** Has a worker run the partition in so many milliseconds. Never throws and never waits. */
  trigger(partition: number, delay: number): void;
  /** Begins to run, in this process, what is triggered in any process. */
  work(run: PersistRun): void;
  /** How many messages there are. */
  jobs(partition: number): Promise<QueueJobs>;
  /** Takes no more messages, and waits for the runs under way, at most so many milliseconds. */
  close(deadline: number): Promise<void>;
}
