import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { Outage } from '../incidents/outages.js';
import type { CounterStore } from '../database/counter-store.js';
import type { OutboxState } from '../database/outbox/outbox.js';
import type { WorkerDetails } from '../cache/workers.js';
import type { PersistQueue, QueueJobs } from '../queue/persist-queue.js';
import { reasonOf } from '../words/quote.js';
import type { Refused } from '../incidents/refusals.js';
import type { Asked } from './asked-server.js';
import type { IncrementBuffer } from '../counting/buffer/increment-buffer.js';
import { waitingIn } from '../counting/buffer/waiting-increments.js';
import { PastIncidents } from './past-incidents.js';
import { ProblemList } from './problem-list.js';
import type { Facts, Problem } from './problems.js';
import { type ServerFacts, ServerQuestions } from './server-facts.js';

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
  /** The last batch that this process persisted; absent before the first. */
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
  /** Increments of transactions; absent where the table is not there, or the database did not answer. */
  outbox?: OutboxStatus;
  /** Callers in this process who got an error from a method that writes, since the start, by the code of the error. */
  refused: Refused;
  /** The last such error, and when a caller got it; absent before the first. */
  lastRefusal?: { at: Date; error: string };
  /** Each partition, by number. */
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
  /** Problems that other parts of this process found. */
  found: () => Pick<Facts, 'missingWorkers' | 'overlap' | 'neglected'>;
}

/** Counts may be late by three update intervals, but at least by this time in milliseconds, before that is a problem. */
const LEAST_PATIENCE = 30_000;

/** Puts together what `CounterService.status()` answers. A server that is away is part of the answer, and rejects nothing. */
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
      outbox: outboxStatus(answerOf(servers.outbox)),
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

  private otherFacts(): Omit<Facts, 'outages' | 'buffer' | 'partitions' | 'outbox' | 'silent'> {
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
    const { increments, oldest } = waitingIn(this.parts.buffer.lanes);
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

function outboxStatus(state: OutboxState | undefined): OutboxStatus | undefined {
  if (state === undefined) return undefined;
  const { waiting, refused, oldest } = state;
  if (oldest === undefined) return { waiting, refused };
  return { waiting, oldestMs: Math.max(0, Date.now() - oldest.getTime()), refused };
}

const answering = ({ error }: Asked<unknown>): ServerStatus =>
  error === undefined ? { answers: true } : { answers: false, error };

const answerOf = <Answer>(asked: Asked<Answer> | undefined): Answer | undefined =>
  asked?.error === undefined ? asked?.answer : undefined;
