import type { CounterCache, UnreportedLoss } from '../cache/counter-cache.js';
import type { CounterEvents } from '../events.js';
import type { CounterStore } from '../database/counter-store.js';
import type { Pairing } from './neighbours/pairing.js';

/**
 * Reports what Redis forgot, at least once: the cache keeps a note of the loss until a process has reported it, as the
 * process that found the loss may die before.
 */
export class LossReporter {
  /** The last loss that was told, by partition: a sweep of this process that finds the same note does not tell it again. */
  private readonly told = new Map<number, string>();

  constructor(
    private readonly cache: CounterCache,
    private readonly store: Pick<CounterStore, 'read' | 'ownLedger'>,
    private readonly events: CounterEvents,
    private readonly pairing?: Pairing,
  ) {}

  /** Reports the loss with which this process seeded or parked, if there was one. Never rejects: else the next sweep reports it. */
  async reportIfLost(partition: number): Promise<void> {
    try {
      const { unreported } = await this.cache.sweep(partition);
      await this.report(partition, unreported);
    } catch {
      // the failed call was told as an outage
    }
  }

  /**
   * Reports that the cache forgot calls which it had acknowledged to this process, unless another event tells that: a partition
   * that was empty, or is parked as it is behind the ledger, has an event of its own. Never rejects.
   */
  async reportLost(partition: number, generation: string): Promise<void> {
    if (await this.isToldOtherwise(partition, generation)) return;
    this.events.emit('redisLostWrites', { partition });
  }

  private async isToldOtherwise(partition: number, generation: string): Promise<boolean> {
    try {
      // the ledger is read first: a batch in between moves the fence further, and not behind the ledger
      const { ledgers } = await this.store.read([], [partition]);
      const { fence = 0, generation: now } = await this.cache.look(partition, []);
      return now !== generation || fence < (ledgers.get(partition) ?? 0);
    } catch {
      return false;
    }
  }

  async report(partition: number, loss: UnreportedLoss | undefined): Promise<void> {
    if (loss === undefined) return;
    const { event, ledgerSeq, generation, empty } = loss;
    const told = `${event} ${generation}`;
    if (this.told.get(partition) !== told) {
      this.told.set(partition, told);
      if (event === 'parked') await this.reportParked(partition, ledgerSeq, empty === true);
      else this.events.emit(event, { partition, ledgerSeq });
    }
    await this.cache.reported(partition, generation);
  }

  private async reportParked(
    partition: number,
    ledgerSeq: number,
    isEmpty: boolean,
  ): Promise<void> {
    const otherRedis = await this.pairing?.otherRedis();
    this.events.emit(isEmpty ? 'redisWentBack' : 'parked', {
      ...{ partition, ledgerSeq },
      ...(otherRedis !== undefined && { otherRedis }),
      ...(this.store.ownLedger !== undefined && { ledgerRemoved: true as const }),
    });
  }
}
