import type { PartitionHealth } from '../cache/counter-cache.js';
import type { Misconfiguration } from '../incidents/misconfigurations.js';
import type { OperationClass, Outage } from '../incidents/outages.js';
import type { Silent } from '../incidents/silence.js';
import type { QueueJobs } from '../queue/persist-queue.js';
import type { IncidentKind, PastIncident } from './past-incidents.js';

/** Stable across releases; `docs/operations.md` has them in one table. @publicApi */
export type ProblemCode =
  | 'FC-REDIS-AWAY'
  | 'FC-DATABASE-AWAY'
  | 'FC-NO-WORKERS'
  | 'FC-NOT-ACCEPTING'
  | 'FC-NOT-PERSISTING'
  | 'FC-NOT-READING'
  | 'FC-OVERDUE'
  | 'FC-PARKED'
  | 'FC-OVERFLOWED'
  | 'FC-REFUSED-ROWS'
  | 'FC-WIPED'
  | 'FC-LOST-WRITES'
  | 'FC-DATABASE-BEHIND'
  | 'FC-MISCONFIGURED'
  | 'FC-EMBEDDED-OVERLAP'
  | 'FC-NOT-STARTED'
  | 'FC-BACKPRESSURE'
  | 'FC-QUEUES-FAIL'
  | 'FC-QUEUES-PAUSED'
  | 'FC-ROWS-CHANGED'
  | 'FC-SLOW-BATCHES'
  | 'FC-NEW-COUNTERS';

export const CODE_OF_OUTAGE: Record<OperationClass, ProblemCode> = {
  write: 'FC-NOT-ACCEPTING',
  read: 'FC-NOT-READING',
  persist: 'FC-NOT-PERSISTING',
  queue: 'FC-QUEUES-FAIL',
};

/** Something that somebody has to look at; one for all partitions. @publicApi */
export interface Problem {
  code: ProblemCode;
  severity: 'high' | 'medium';
  /** When it began; where nobody knows, when this process saw it first. */
  since: Date;
  /** What it means. */
  text: string;
  /** What to do. */
  next: string;
}

export type PartitionFacts = Partial<PartitionHealth> & { jobs?: QueueJobs };

/** Servers that give this process no answer, `since` when where that is known. */
export interface SilentServers {
  /** All of it, or the server of these partitions. */
  redis?: (Partial<Silent> & { partitions?: readonly number[] }) | undefined;
  database?: Partial<Silent> | undefined;
}

/** What problems are made of. */
export interface Facts {
  silent: SilentServers;
  outages: readonly Outage[];
  buffer: { entries: number; limit: number };
  /** Since when increments are refused, as the buffer is full. */
  refusingSince?: Date;
  partitions: readonly PartitionFacts[];
  /** Milliseconds for which counts may be overdue. */
  patience: number;
  /** Since when no process that persists was seen, where counts wait. */
  missingWorkers?: Date;
  incident: (kind: IncidentKind) => PastIncident | undefined;
  misconfigurations: readonly Misconfiguration[];
  /** Other processes on the database of an embedded one. */
  overlap?: { others: number; since: Date };
  /** Counters are used, and the hooks of Nest did not come. */
  neglected: boolean;
}

/** What a row of the table finds: where it knows when that began, it says so. */
export type Finding = { since?: Date; text: string; next: string } | undefined;
