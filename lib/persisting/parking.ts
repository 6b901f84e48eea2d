import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import type { LossReporter } from './loss-reporter.js';

/** Puts aside what a Redis that went back in time has of a partition: whether it was counted is not known. */
export class Parking {
  constructor(
    private readonly cache: Pick<CounterCache, 'park'>,
    private readonly losses: LossReporter,
  ) {}

  /**
   * Answers false when Redis did not go back: then who asked is stale. Without a nonce the fence was seen below the ledger's seq,
   * after that was read; with one, the open batch is that one, and the ledger does not know it.
   */
  async park(partition: number, ledgerSeq: number, nonce?: string): Promise<boolean> {
    const parked = await this.cache.park(partition, nonce, ledgerSeq, randomUUID());
    if (parked) await this.losses.reportIfLost(partition);
    return parked;
  }
}
