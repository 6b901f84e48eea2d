import type { PartitionHealth } from '../../cache/partition-health.js';
import type { WorkerDetails } from '../../cache/processes.js';
import type { Outage } from '../../incidents/outages.js';
import type { Refused } from '../../incidents/refusals.js';
import type { QueueJobs } from '../../queue/persist-queue.js';
import type { Problem } from '../problems.js';

/** Whether a server answers this process. @publicApi */
export interface ServerStatus {
  /** Whether the server answered when `status()` asked. */
  answers: boolean;
  /** Why not; absent where the server answered. */
  error?: string;
}

/** Whether Redis answers, and takes increments. @publicApi */
export interface CacheStatus extends ServerStatus {
  /** Whether Redis took the last increments of this process; absent before the first. A full Redis answers, but accepts none. */
  accepts?: boolean;
  /** When this process last sent increments, with the error if Redis did not take them; absent before the first. */
  lastWrite?: { at: Date; error?: string };
}

/** Increments of this process that Redis has not acknowledged yet. @publicApi */
export interface BufferStatus {
  /** Entries that wait: one for each counter, and one for each increment with an idempotency key or an answer of its own. */
  entries: number;
  /** Increments in these entries. */
  increments: number;
  /** Milliseconds for which the oldest of them has waited; absent where none waits. */
  oldestMs?: number;
  /** Most entries that may wait: the option `maxBufferedNames`. */
  limit: number;
}

/** A process that persists. @publicApi */
export interface WorkerStatus extends WorkerDetails {
  /**
   * When the process last said that it runs, by the clock of Redis: every ten seconds. A process that was killed stays
   * in the list for ten minutes.
   */
  seenAt: Date;
  /** Milliseconds since then, by the same clock: more than 30,000 of a process that does not run any more, or does not reach Redis. */
  silentMs: number;
}

/** How counts get to the database, by all processes together. A field is absent where a server did not answer. @publicApi */
export interface PersistingStatus {
  /** When the database last took a batch, or a partition was set up; embedded, when this process last persisted a batch. */
  lastAt?: Date;
  /** Milliseconds by which the oldest pending counts are late; 0 where none are. */
  overdueMs?: number;
  /** The processes that persist; embedded, this process. */
  workers?: WorkerStatus[];
}

/** Increments of committed transactions that are not counted yet. @publicApi */
export interface OutboxStatus {
  /** Rows of `fast_counter_outbox` that wait to be counted; 10,000 for that many or more. */
  waiting: number;
  /** Milliseconds since the oldest of them was made; absent where none waits. */
  oldestMs?: number;
  /** Rows that are not counted, and wait for an operator; 10,000 for that many or more. */
  refused: number;
}

/** One partition, as Redis, its queue and this process see it. @publicApi */
export interface PartitionStatus extends Partial<PartitionHealth> {
  /** Number of the partition and of its queue, from 0. */
  partition: number;
  /** Jobs of its queue; absent where the queue did not answer. */
  jobs?: QueueJobs;
  /** The last batch that this process persisted, or found persisted; absent before the first. */
  lastPersisted?: { seq: number; counters: number; at: Date };
  /** Why this process last failed to persist; absent after a success. */
  lastError?: string;
}

/** What `CounterService.status()` answers. @publicApi */
export interface CounterStatus {
  /** Redis; embedded, the memory of this process. */
  cache: CacheStatus;
  /** The database. */
  database: ServerStatus;
  /** How counts get to the database. */
  persisting: PersistingStatus;
  /** What an operator has to look at, the worst first; empty when all is well. */
  problems: Problem[];
  /** Classes of operations that fail in this process; empty when none does. */
  outages: Outage[];
  /** Increments that wait in this process for Redis. */
  buffer: BufferStatus;
  /**
   * Every increment that was made before this moment by a process that lives is counted: none is on its way any more. A process that
   * says nothing counts as living for ten minutes, in which it could say something. Embedded, of this process alone. Absent where Redis or the database did not answer.
   */
  completeUntil?: Date;
  /** Increments of transactions; absent where the table is not there, or the database did not answer. */
  outbox?: OutboxStatus;
  /** Callers in this process who got an error from a method that writes, since the start, by the code of the error. */
  refused: Refused;
  /** The last such error, and when a caller got it; absent before the first. */
  lastRefusal?: { at: Date; error: string };
  /** Each partition, by number. */
  partitions: PartitionStatus[];
}
