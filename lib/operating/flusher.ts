import type { CounterCache, Hastened } from '../cache/counter-cache.js';
import { chunkByPartition, type Partitioner } from '../words/partitioner.js';
import { FlushTimeoutError } from '../errors.js';
import type { PersistQueue } from '../queue/persist-queue.js';
import { within } from '../words/within.js';
import { slice } from '../words/slices.js';
import type { IncrementBuffer } from '../counting/buffer/increment-buffer.js';

const NAMES_PER_CALL = 1000;
const FIRST_POLL = 5;
const LONGEST_POLL = 250;

/** Sends what the buffer holds, makes pending counters due now, has workers persist them, and waits until they did. */
export class Flusher {
  constructor(
    private readonly buffer: IncrementBuffer,
    private readonly cache: CounterCache,
    private readonly queue: PersistQueue,
    private readonly partitionOf: Partitioner,
    private readonly partitions: number,
    /** Milliseconds after which a flush fails. */
    private readonly timeout: number,
  ) {}

  async flush(names?: readonly string[]): Promise<void> {
    const deadline = performance.now() + this.timeout;
    if (!(await within(this.timeout, this.buffer.sent()))) throw this.notSent();
    if (names === undefined) {
      const all = Array.from({ length: this.partitions }, (_, partition) => partition);
      await Promise.all(all.map((partition) => this.flushPartition(partition, deadline)));
      return;
    }
    const chunks = chunkByPartition(names, this.partitionOf, NAMES_PER_CALL);
    await Promise.all(
      chunks.map(({ partition, names: asked }) => this.flushPartition(partition, deadline, asked)),
    );
  }

  private async flushPartition(
    partition: number,
    deadline: number,
    names?: readonly string[],
  ): Promise<void> {
    await slice(names?.length ?? 0);
    let hastened = await this.cache.hasten(partition, names);
    this.wake(partition, hastened);
    while (hastened.more) {
      hastened = await this.cache.hasten(partition, names, hastened.mark);
      this.wake(partition, hastened);
    }

    // what was claimed before counts as pending too: the batch that is open once nothing waits
    let lastSeq: number | undefined;
    for (let poll = FIRST_POLL; ; poll = Math.min(poll * 1.5, LONGEST_POLL)) {
      await slice(names?.length ?? 0);
      const { waiting, batchSeq } = await this.cache.flushProgress(partition, hastened.mark, names);
      if (!waiting) {
        if (batchSeq === undefined || batchSeq > (lastSeq ??= batchSeq)) return;
      }
      if (performance.now() > deadline) throw this.timedOut(partition);
      await new Promise((resolve) => setTimeout(resolve, poll));
    }
  }

  private wake(partition: number, { wake }: Hastened): void {
    if (wake !== undefined) this.queue.trigger(partition, wake);
  }

  private notSent(): FlushTimeoutError {
    return new FlushTimeoutError(
      `${this.buffer.size} entries of this process were not sent to Redis within ${this.timeout} ms; ` +
        'nothing is lost while the process lives',
    );
  }

  private timedOut(partition: number): FlushTimeoutError {
    return new FlushTimeoutError(
      `Partition ${partition} was not persisted within ${this.timeout} ms; nothing is lost. ` +
        `Is a process with workers running, and does the database answer?`,
    );
  }
}
