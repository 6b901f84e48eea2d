import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import { CacheUnavailableError } from '../errors.js';
import type { CounterStore } from '../database/counter-store.js';
import type { LossReporter } from './loss-reporter.js';

/** Attempts before it gives up: another process may reserve the partition during each. */
const ATTEMPTS = 20;

/**
 * Gives a partition its first fence: the seq after that of the last batch in the ledger of the database. Before that, the
 * partition takes no increments.
 *
 *     reserve (under the ledger's lock) ──► commit to the ledger ──► seed, unless another reserved since
 *
 * The commit writes that seq to the ledger, so that fence and ledger agree. A reservation that was not committed, or was
 * overtaken by another one, does not become the fence.
 */
export class Seeder {
  constructor(
    private readonly cache: Pick<CounterCache, 'reserve' | 'seed'>,
    private readonly store: Pick<CounterStore, 'seed'>,
    private readonly losses: LossReporter,
  ) {}

  /** May be called again: a partition that has a fence keeps it. */
  async seed(partition: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const generation = await this.reserve(partition);
      if (generation === undefined) return;
      if (await this.cache.seed(partition, generation)) {
        await this.losses.reportIfLost(partition);
        return;
      }
    }
    throw new CacheUnavailableError(
      `Partition ${partition} could not be set up: other processes began to set it up ${ATTEMPTS} times in a row`,
    );
  }

  /** Reserves the next seq of the ledger. Answers the generation; undefined where the partition has a fence. */
  private reserve(partition: number): Promise<string | undefined> {
    return this.store.seed(partition, (ledger) => {
      const randomPart = randomUUID();
      return this.cache.reserve(partition, ledger, randomPart);
    });
  }
}
