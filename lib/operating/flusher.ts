import type { CounterCache, Hastened } from '../cache/counter-cache.js';
import { chunkByPartition, type Partitioner, partitionNumbers } from '../words/partitioner.js';
import { FlushTimeoutError } from '../errors.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { backOff, pause } from '../words/back-off.js';
import { within } from '../words/within.js';
import { slice } from '../words/slices.js';
import type { IncrementBuffer } from '../counting/buffer/increment-buffer.js';
import { waitingIn } from '../counting/buffer/waiting-increments.js';

const NAMES_PER_CALL = 1000;
/** Milliseconds between two looks whether all is persisted. */
const POLLS = { first: 5, longest: 250, growth: 1.5 };

interface FlusherDependencies {
  buffer: IncrementBuffer;
  cache: CounterCache;
  queue: PersistQueue;
  partitionOf: Partitioner;
  partitions: number;
}

/** Sends the increments of this process to Redis, makes pending counters due, asks for jobs, and waits until workers have persisted them. */
export class Flusher {
  constructor(
    private readonly dependencies: FlusherDependencies,
    /** Milliseconds after which a flush fails. */
    private readonly timeout: number,
  ) {}

  async flush(names?: readonly string[]): Promise<void> {
    const { buffer, partitionOf, partitions } = this.dependencies;
    const deadline = performance.now() + this.timeout;
    if (!(await within(this.timeout, buffer.whenSettled()))) throw this.notSent();
    if (names === undefined) {
      const all = partitionNumbers(partitions);
      await Promise.all(all.map((partition) => this.flushPartition(partition, deadline)));
      return;
    }
    const chunks = chunkByPartition(names, partitionOf, NAMES_PER_CALL);
    await Promise.all(
      chunks.map(({ partition, names: asked }) => this.flushPartition(partition, deadline, asked)),
    );
  }

  private async flushPartition(
    partition: number,
    deadline: number,
    names?: readonly string[],
  ): Promise<void> {
    const { cache } = this.dependencies;
    await slice(names?.length ?? 0);
    let hastened = await cache.hasten(partition, names);
    this.wake(partition, hastened);
    while (hastened.more) {
      hastened = await cache.hasten(partition, names, hastened.mark);
      this.wake(partition, hastened);
    }

    // counters that were claimed before count as pending too: so the batch that is open once nothing waits must be acknowledged
    let lastSeq: number | undefined;
    for (let look = 0; ; look++) {
      await slice(names?.length ?? 0);
      const { waiting, batchSeq } = await cache.flushProgress(partition, hastened.mark, names);
      if (!waiting) {
        if (batchSeq === undefined || batchSeq > (lastSeq ??= batchSeq)) return;
      }
      if (performance.now() > deadline) throw this.timedOut(partition);
      await pause(backOff(look, POLLS));
    }
  }

  private wake(partition: number, { wake }: Hastened): void {
    if (wake !== undefined) this.dependencies.queue.trigger(partition, wake);
  }

  private notSent(): FlushTimeoutError {
    const { increments } = waitingIn(this.dependencies.buffer.lanes);
    return new FlushTimeoutError(
      `Redis did not acknowledge ${increments} increments of this process within ${this.timeout} ms (option ` +
        'flushTimeout). They stay in the memory of this process, which sends them when Redis answers',
    );
  }

  private timedOut(partition: number): FlushTimeoutError {
    return new FlushTimeoutError(
      `Partition ${partition} was not persisted within ${this.timeout} ms (option flushTimeout). Its counts stay pending: ` +
        'nothing is lost. See that a process with workers runs, and that the database answers',
    );
  }
}
