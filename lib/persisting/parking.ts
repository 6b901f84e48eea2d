import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import type { LossReporter } from './loss-reporter.js';

/** Parks the counts that a Redis which went back in time has of a partition: the database may have them already. */
export class Parking {
  constructor(
    private readonly cache: Pick<CounterCache, 'park'>,
    private readonly losses: LossReporter,
  ) {}

  /**
   * With a nonce, the caller saw the ledger refuse the batch of that nonce; without one, it read the ledger and then saw a
   * lower fence. Answers false, and parks nothing, when Redis did not go back: then the caller is a worker that is late.
   */
  async park(partition: number, ledgerSeq: number, nonce?: string): Promise<boolean> {
    const parked = await this.cache.park(partition, nonce, ledgerSeq, randomUUID());
    if (parked) await this.losses.reportIfLost(partition);
    return parked;
  }
}
