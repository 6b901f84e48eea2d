import type { CounterCache, UnreportedLoss } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';
import type { Pairing } from './neighbours/pairing.js';

/**
 * Reports what Redis forgot, at least once: the cache keeps what is unreported until somebody who
 * reported it says so. Who finds out may die before.
 */
export class LossReporter {
  /** Of each partition: the loss that was told last, so that a sweep beside the one who found it does not tell it again. */
  private readonly told = new Map<number, string>();

  constructor(
    private readonly cache: CounterCache,
    private readonly store: Pick<CounterStore, 'read' | 'ownLedger'>,
    private readonly events: CounterEvents,
    private readonly pairing?: Pairing,
  ) {}

  /** After this process seeded or parked; a first seeding loses nothing. Never rejects: the next sweep reports what this could not. */
  async reportIfLost(partition: number): Promise<void> {
    try {
      const { unreported } = await this.cache.sweep(partition);
      await this.report(partition, unreported);
    } catch {
      // reported as an outage where it happened
    }
  }

  /**
   * The cache forgot calls that it had acknowledged to this process. Told where nothing else tells it: a partition that was
   * empty, or is behind the ledger and parked for that, has an event of its own. Never rejects.
   */
  async reportLost(partition: number, generation: string): Promise<void> {
    if (await this.isToldOtherwise(partition, generation)) return;
    this.events.emit('redisLostWrites', { partition });
  }

  private async isToldOtherwise(partition: number, generation: string): Promise<boolean> {
    try {
      // the ledger first: batches go on
      const { ledgers } = await this.store.read([], [partition]);
      const { fence = 0, generation: now } = await this.cache.look(partition, []);
      return now !== generation || fence < (ledgers.get(partition) ?? 0);
    } catch {
      return false;
    }
  }

  async report(partition: number, loss: UnreportedLoss | undefined): Promise<void> {
    if (loss === undefined) return;
    const { event, ledgerSeq, generation } = loss;
    const told = `${event} ${generation}`;
    if (this.told.get(partition) !== told) {
      this.told.set(partition, told);
      if (event === 'parked') await this.reportParked(partition, ledgerSeq);
      else this.events.emit(event, { partition, ledgerSeq });
    }
    await this.cache.reported(partition, generation);
  }

  private async reportParked(partition: number, ledgerSeq: number): Promise<void> {
    const otherRedis = await this.pairing?.otherRedis();
    this.events.emit('parked', {
      ...{ partition, ledgerSeq },
      ...(otherRedis !== undefined && { otherRedis }),
      ...(this.store.ownLedger !== undefined && { ledgerRemoved: true as const }),
    });
  }
}
