import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { Outage } from '../outages.js';
import type { CounterStore } from '../persistence/counter-store.js';
import type { PersistQueue, QueueJobs } from '../queue/persist-queue.js';
import { reasonOf } from '../quote.js';
import { within } from '../queue/within.js';
import type { Refused } from '../refusals.js';
import type { IncrementBuffer } from './increment-buffer.js';
import type { Lane } from './lane.js';
import { type Problem, problemsOf } from './problems.js';

/** Whether a server answers, and if not, why. @publicApi */
export interface Answering {
  answers: boolean;
  error?: string;
}

/** @publicApi */
export interface Accepting extends Answering {
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
  cache: Accepting;
  database: Answering;
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
  lanes: readonly Lane[];
  events: CounterEvents;
  /** Milliseconds. */
  updateInterval: number;
}

/** Counts may be overdue for three intervals, or for so many milliseconds. */
const LEAST_PATIENCE = 30_000;
/** A server that takes longer than this to answer does not answer, in milliseconds. */
const PATIENCE = 2000;

/** Puts together what `CounterService.status()` answers. Never rejects for a server that is away. */
export class StatusReporter {
  private readonly lastPersisted = new Map<number, PartitionStatus['lastPersisted']>();
  private readonly lastErrors = new Map<number, string>();
  /** When Redis acknowledged the last call with increments. */
  private acknowledgedAt?: number;

  constructor(
    private readonly parts: StatusParts,
    private readonly partitions: number,
  ) {
    const { events } = parts;
    events.on('acknowledged', () => (this.acknowledgedAt = Date.now()));
    events.on('persisted', ({ partition, seq, counters }) => {
      this.lastPersisted.set(partition, { seq, counters, at: new Date() });
      this.lastErrors.delete(partition);
    });
    events.on('persistFailed', ({ partition, error }) =>
      this.lastErrors.set(partition, reasonOf(error)),
    );
  }

  async status(): Promise<CounterStatus> {
    const indices = Array.from({ length: this.partitions }, (_, partition) => partition);
    const [cache, database, partitions] = await Promise.all([
      answering(this.parts.cache.look(0, [])),
      answering(this.parts.store.read([], [])),
      Promise.all(indices.map((partition) => this.partitionStatus(partition))),
    ]);
    const { outages, refusals } = this.parts.events;
    const facts = { outages: outages.list(), buffer: this.buffer(), partitions };
    return {
      problems: problemsOf(facts, Math.max(3 * this.parts.updateInterval, LEAST_PATIENCE)),
      ...facts,
      cache: { ...cache, ...this.accepting() },
      database,
      refused: refusals.refused,
      lastRefusal: refusals.last,
    };
  }

  private accepting(): Omit<Accepting, 'answers'> {
    const failure = this.parts.events.outages.lastFailure('write');
    if (failure !== undefined) return { accepts: false, lastWrite: failure };
    if (this.acknowledgedAt === undefined) return {};
    return { accepts: true, lastWrite: { at: new Date(this.acknowledgedAt) } };
  }

  private buffer(): BufferStatus {
    const { size: entries, limit } = this.parts.buffer;
    const waiting = this.parts.lanes.map(({ unsettled }) => unsettled.waiting());
    const increments = waiting.reduce((sum, lane) => sum + lane.increments, 0);
    const oldest = Math.min(...waiting.map((lane) => lane.oldest));
    const status = { entries, increments, limit };
    if (!Number.isFinite(oldest)) return status;
    return { ...status, oldestMs: Math.round(performance.now() - oldest) };
  }

  private async partitionStatus(partition: number): Promise<PartitionStatus> {
    const [health, jobs] = await Promise.all([
      unlessAway(this.parts.cache.sweep(partition)),
      unlessAway(this.parts.queue.jobs(partition)),
    ]);
    return {
      partition,
      ...health,
      jobs,
      lastPersisted: this.lastPersisted.get(partition),
      lastError: this.lastErrors.get(partition),
    };
  }
}

async function answering(asked: Promise<unknown>): Promise<Answering> {
  try {
    if (await within(PATIENCE, asked)) await asked;
    else return { answers: false, error: `no answer within ${PATIENCE} ms` };
    return { answers: true };
  } catch (error) {
    return { answers: false, error: reasonOf(error) };
  }
}

async function unlessAway<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  if (!(await within(PATIENCE, asked))) return undefined;
  return asked.catch(() => undefined);
}
