import type { CounterCache, PartitionHealth } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { Outage } from '../outages.js';
import type { CounterStore } from '../persistence/counter-store.js';
import type { PersistQueue, QueueJobs } from '../queue/persist-queue.js';
import { reasonOf } from '../quote.js';
import { within } from '../queue/within.js';
import type { IncrementBuffer } from './increment-buffer.js';

/** Whether a server answers, and if not, why. @publicApi */
export interface Answering {
  answers: boolean;
  error?: string;
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
  cache: Answering;
  database: Answering;
  /** What fails in this process. */
  outages: Outage[];
  /** Entries of this process that Redis has not acknowledged, and how many there may be. */
  buffer: { entries: number; limit: number };
  /** Increments of this process that were rejected since it started, and why the last one was. */
  rejected: { increments: number; lastError?: string };
  partitions: PartitionStatus[];
}

/** A server that takes longer than this to answer does not answer, in milliseconds. */
const PATIENCE = 2000;

/** Puts together what `CounterService.status()` answers. Never rejects for a server that is away. */
export class StatusReporter {
  private readonly lastPersisted = new Map<number, PartitionStatus['lastPersisted']>();
  private readonly lastErrors = new Map<number, string>();
  private readonly rejected: CounterStatus['rejected'] = { increments: 0 };

  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly queue: PersistQueue,
    private readonly buffer: IncrementBuffer,
    private readonly partitions: number,
    private readonly events: CounterEvents,
  ) {
    events.on('persisted', ({ partition, seq, counters }) => {
      this.lastPersisted.set(partition, { seq, counters, at: new Date() });
      this.lastErrors.delete(partition);
    });
    events.on('persistFailed', ({ partition, error }) =>
      this.lastErrors.set(partition, reasonOf(error)),
    );
    events.on('rejected', ({ error }) => {
      this.rejected.increments++;
      this.rejected.lastError = reasonOf(error);
    });
  }

  async status(): Promise<CounterStatus> {
    const indices = Array.from({ length: this.partitions }, (_, partition) => partition);
    const [cache, database, partitions] = await Promise.all([
      answering(this.cache.look(0, [])),
      answering(this.store.read([], [])),
      Promise.all(indices.map((partition) => this.partitionStatus(partition))),
    ]);
    const { size: entries, limit } = this.buffer;
    return {
      cache,
      database,
      outages: this.events.outages.list(),
      buffer: { entries, limit },
      rejected: { ...this.rejected },
      partitions,
    };
  }

  private async partitionStatus(partition: number): Promise<PartitionStatus> {
    const [health, jobs] = await Promise.all([
      unlessAway(this.cache.sweep(partition)),
      unlessAway(this.queue.jobs(partition)),
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
