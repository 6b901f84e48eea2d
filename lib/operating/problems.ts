import type { PartitionHealth } from '../cache/counter-cache.js';
import type { Misconfiguration } from '../incidents/misconfigurations.js';
import type { OperationClass, Outage } from '../incidents/outages.js';
import type { Silent } from '../incidents/silence.js';
import type { QueueJobs } from '../queue/persist-queue.js';
import type { IncidentKind, PastIncident } from './past-incidents.js';

/** Names a kind of problem, stable across releases; `docs/operations.md` has them in one table. @publicApi */
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
  | 'FC-OUTBOX'
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
  | 'FC-COLUMNS'
  | 'FC-SLOW-BATCHES'
  | 'FC-NEW-COUNTERS';

export const CODE_OF_OUTAGE: Record<OperationClass, ProblemCode> = {
  write: 'FC-NOT-ACCEPTING',
  read: 'FC-NOT-READING',
  persist: 'FC-NOT-PERSISTING',
  queue: 'FC-QUEUES-FAIL',
};

/** Something that an operator has to look at: one problem for all partitions where it is. @publicApi */
export interface Problem {
  /** Which kind of problem. */
  code: ProblemCode;
  /** `high`: counts do not get on, are put aside, or were lost. `medium`: anything else. */
  severity: 'high' | 'medium';
  /** When the problem began; where that is not known, when this process first saw it. */
  since: Date;
  /** What is wrong, in a sentence for an operator. */
  text: string;
  /** What the operator can do. */
  next: string;
}

export type PartitionFacts = Partial<PartitionHealth> & { jobs?: QueueJobs };

/** Servers that give this process no answer, and since when where that is known. */
export interface SilentServers {
  /** Redis; with `partitions`, only the servers of these. */
  redis?: (Partial<Silent> & { partitions?: readonly number[] }) | undefined;
  database?: Partial<Silent> | undefined;
}

/** What the rows of the table of problems look at. */
export interface Facts {
  silent: SilentServers;
  outages: readonly Outage[];
  buffer: { entries: number; limit: number };
  /** Since when the buffer is full and refuses increments. */
  refusingSince?: Date;
  partitions: readonly PartitionFacts[];
  /** Increments of transactions that wait. */
  outbox?: { waiting: number; oldestMs?: number; refused: number };
  /** Milliseconds for which counts may be overdue. */
  patience: number;
  /** Since when counts wait and no process that persists was seen. */
  missingWorkers?: Date;
  incident: (kind: IncidentKind) => PastIncident | undefined;
  misconfigurations: readonly Misconfiguration[];
  /** Other processes on the database of an embedded one. */
  overlap?: { others: number; since: Date };
  /** Counters are used, and the hooks of Nest did not come. */
  neglected: boolean;
}

/** What a row of the table finds: a problem, with its beginning where the row knows it, or undefined for none. */
export type Finding = { since?: Date; text: string; next: string } | undefined;
