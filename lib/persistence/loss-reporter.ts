import type { CounterCache, UnreportedLoss } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';

/**
 * Reports what Redis forgot, at least once: the cache keeps what is unreported until somebody who
 * reported it says so. Who finds out may die before.
 */
export class LossReporter {
  /** Of each partition: the loss that was told last, so that a sweep beside the one who found it does not tell it again. */
  private readonly told = new Map<number, string>();

  constructor(
    private readonly cache: CounterCache,
    private readonly events: CounterEvents,
  ) {}

  /** After this process seeded or parked. Never rejects: the next sweep reports what this could not. */
  async reportFound(partition: number): Promise<void> {
    try {
      const { unreported } = await this.cache.sweep(partition);
      await this.report(partition, unreported);
    } catch {
      // reported as an outage where it happened
    }
  }

  async report(partition: number, loss: UnreportedLoss | undefined): Promise<void> {
    if (loss === undefined) return;
    const { event, ledgerSeq, generation } = loss;
    const told = `${event} ${generation}`;
    if (this.told.get(partition) !== told) {
      this.told.set(partition, told);
      this.events.emit(event, { partition, ledgerSeq });
    }
    await this.cache.reported(partition, generation);
  }
}
