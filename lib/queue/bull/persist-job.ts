import type { Queue } from 'bull';

/** All that a job carries; it comes back from Redis as untrusted input. */
interface PersistJob {
  partition: number;
}

export type PersistJobQueue = Queue<PersistJob>;
