import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { Outage } from '../incidents/outages.js';
import type { CounterStore } from '../database/counter-store.js';
import type { WorkerDetails } from '../cache/workers.js';
import type { PersistQueue, QueueJobs } from '../queue/persist-queue.js';
import { reasonOf } from '../words/quote.js';
import type { Refused } from '../incidents/refusals.js';
import type { Asked } from './asked-server.js';
import type { IncrementBuffer } from '../counting/buffer/increment-buffer.js';
import { PastIncidents } from './past-incidents.js';
import { ProblemList } from './problem-list.js';
import type { Facts, Problem } from './problems.js';
import { type ServerFacts, ServerQuestions } from './server-facts.js';

/** Whether a server answers, and if not, why. @publicApi */
export interface ServerStatus {
  answers: boolean;
  error?: string;
}

/** @publicApi */
export interface CacheStatus extends ServerStatus {
  /** Whether it takes increments of this process; absent before the first. A full Redis answers, and does not accept. */
  accepts?: boolean;
  /** When this process wrote last, and how it ended if it failed. */
  lastWrite?: { at: Date; error?: string };
}

/** Increments of this process that Redis has not acknowledged. @publicApi */
export interface BufferStatus {
  /** Counters with such increments, and those that need an entry of their own: idempotency keys, totals. */
  entries: number;
  increments: number;
  /** Milliseconds since the first of them came; absent where there is none. */
  oldestMs?: number;
  /** Entries that there may be (`maxBufferedNames`). */
  limit: number;
}

/** A process that persists. @publicApi */
export interface WorkerStatus extends WorkerDetails {
  /** By the clock of Redis. Every ten seconds while it runs; one that ended without a word stays for ten minutes. */
  seenAt: Date;
}

/** How counts get to the database, in all processes together; what is not known for want of an answer is absent. @publicApi */
export interface PersistingStatus {
  /** When the database took a batch last, or a partition was set up; embedded, when this process persisted one. */
  lastAt?: Date;
  /** For how many milliseconds the oldest counts should have been there; 0 when none are late. */
  overdueMs?: number;
  workers?: WorkerStatus[];
}

/** One partition, as Redis, its queue and this process see it. @publicApi */
export interface PartitionStatus extends Partial<PartitionHealth> {
  partition: number;
  /** Absent when the queue does not answer. */
  jobs?: QueueJobs;
  /** The last batch that this process persisted. */
  lastPersisted?: { seq: number; counters: number; at: Date };
  /** Why the last attempt of this process failed; absent once one succeeds. */
  lastError?: string;
}

/** @publicApi */
export interface CounterStatus {
  /** Redis, or the memory of the process when counters run embedded. */
  cache: CacheStatus;
  database: ServerStatus;
  persisting: PersistingStatus;
  /** What somebody has to look at, the worst first; empty when all is well. */
  problems: Problem[];
  /** What fails in this process. */
  outages: Outage[];
  buffer: BufferStatus;
  /** Callers of this process who were told an error since it started, by its code. */
  refused: Refused;
  /** When the last of them was told what. */
  lastRefusal?: { at: Date; error: string };
  partitions: PartitionStatus[];
}

export interface StatusParts {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  buffer: IncrementBuffer;
  events: CounterEvents;
  /** Milliseconds. */
  updateInterval: number;
  /** What other parts of this process found. */
  found: () => Pick<Facts, 'missingWorkers' | 'overlap' | 'neglected'>;
}

/** Counts may be overdue for three intervals, or for so many milliseconds. */
const LEAST_PATIENCE = 30_000;

/** Puts together what `CounterService.status()` answers. Never rejects for a server that is away. */
export class StatusReporter {
  private readonly lastPersisted = new Map<number, PartitionStatus['lastPersisted']>();
  private readonly lastErrors = new Map<number, string>();
  /** When Redis acknowledged the last call with increments. */
  private acknowledgedAt?: number;
  private persistedAt?: Date;
  private readonly questions: ServerQuestions;
  private readonly incidents: PastIncidents;
  private readonly problems = new ProblemList();

  constructor(
    private readonly parts: StatusParts,
    partitions: number,
  ) {
    const { events } = parts;
    const { silences } = events;
    this.questions = new ServerQuestions({ ...parts, silences }, partitions);
    this.incidents = new PastIncidents(events);
    events.on('acknowledged', () => {
      this.acknowledgedAt = Date.now();
      silences.redis.answered();
    });
    events.on('persisted', ({ partition, seq, counters }) => {
      this.persistedAt = new Date();
      silences.database.answered();
      this.lastPersisted.set(partition, { seq, counters, at: this.persistedAt });
      this.lastErrors.delete(partition);
    });
    events.on('persistFailed', ({ partition, error }) =>
      this.lastErrors.set(partition, reasonOf(error)),
    );
  }

  async status(): Promise<CounterStatus> {
    const servers = await this.questions.asked();
    const { outages, refusals } = this.parts.events;
    const facts = {
      outages: outages.list(),
      buffer: this.buffer(),
      partitions: servers.health.map((_, partition) => this.partitionStatus(partition, servers)),
    };
    return {
      problems: this.problems.of({ ...facts, ...this.otherFacts(), silent: servers.silent }),
      ...facts,
      cache: { ...answering(servers.cache), ...this.accepting() },
      database: answering(servers.database),
      persisting: this.persisting(servers),
      refused: refusals.refused,
      lastRefusal: refusals.last,
    };
  }

  private otherFacts(): Omit<Facts, 'outages' | 'buffer' | 'partitions' | 'silent'> {
    const { events, updateInterval, found, buffer } = this.parts;
    return {
      refusingSince: buffer.slots.refusingSince,
      ...found(),
      patience: Math.max(3 * updateInterval, LEAST_PATIENCE),
      incident: (kind) => this.incidents.get(kind),
      misconfigurations: events.misconfigurations.list(),
    };
  }

  private persisting({ database, workers, health }: ServerFacts): PersistingStatus {
    // embedded, the ledger is marked by a process that runs, whether or not it persists
    const lastAt = this.parts.store.ownLedger ? this.persistedAt : answerOf(database);
    const late = health.map((it) => {
      const { overdueBy = 0, batchAge = 0 } = answerOf(it) ?? {};
      return Math.max(overdueBy, batchAge);
    });
    const isKnown = health.every((it) => it.error === undefined);
    return {
      lastAt,
      overdueMs: isKnown ? Math.max(0, ...late) : undefined,
      workers: answerOf(workers)?.map(({ host, pid, version, seenAt }) => ({
        host,
        pid,
        version,
        seenAt,
      })),
    };
  }

  private accepting(): Omit<CacheStatus, 'answers'> {
    const failure = this.parts.events.outages.lastFailure('write');
    if (failure !== undefined) return { accepts: false, lastWrite: failure };
    if (this.acknowledgedAt === undefined) return {};
    return { accepts: true, lastWrite: { at: new Date(this.acknowledgedAt) } };
  }

  private buffer(): BufferStatus {
    const { size: entries, limit } = this.parts.buffer;
    const waiting = this.parts.buffer.lanes.map(({ unsettled }) => unsettled.waiting());
    const increments = waiting.reduce((sum, lane) => sum + lane.increments, 0);
    const oldest = Math.min(...waiting.map((lane) => lane.oldest));
    const status = { entries, increments, limit };
    if (!Number.isFinite(oldest)) return status;
    return { ...status, oldestMs: Math.round(performance.now() - oldest) };
  }

  private partitionStatus(partition: number, { health, jobs }: ServerFacts): PartitionStatus {
    return {
      partition,
      ...answerOf(health[partition]),
      jobs: answerOf(jobs[partition]),
      lastPersisted: this.lastPersisted.get(partition),
      lastError: this.lastErrors.get(partition),
    };
  }
}

const answering = ({ error }: Asked<unknown>): ServerStatus =>
  error === undefined ? { answers: true } : { answers: false, error };

const answerOf = <Answer>(asked: Asked<Answer> | undefined): Answer | undefined =>
  asked?.error === undefined ? asked?.answer : undefined;
