import { randomUUID } from 'node:crypto';
import type { CounterCache } from '../cache/counter-cache.js';
import { CacheUnavailableError } from '../errors.js';
import type { CounterStore } from '../database/counter-store.js';
import type { LossReporter } from './loss-reporter.js';
import type { Pairing } from './neighbours/pairing.js';
import type { SettingsCheck } from './neighbours/settings-check.js';

/** Reservations of others in a row that may come before a seeder's own is made the fence. */
const ATTEMPTS = 20;

/**
 * Gives a partition its first fence, above every batch that the database knows. A partition accepts
 * nothing before that.
 *
 *     reserve (under the ledger's lock) ──► commit to the ledger ──► seed, unless another reserved since
 *
 * So a fence is never above its ledger, and never below: what was reserved and not committed, or
 * overtaken, does not become one.
 */
export class Seeder {
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly cache: CounterCache,
    private readonly store: CounterStore,
    private readonly settings: SettingsCheck,
    private readonly losses: LossReporter,
    private readonly pairing?: Pairing,
  ) {}

  /** Repeatable, and shared by all who ask while it runs. */
  seed(partition: number): Promise<void> {
    let running = this.running.get(partition);
    if (running === undefined) {
      running = this.run(partition).finally(() => this.running.delete(partition));
      this.running.set(partition, running);
    }
    return running;
  }

  private async run(partition: number): Promise<void> {
    if (partition !== 0) {
      await this.settings.check();
      await this.seed(0);
      await this.settings.check();
    }
    await this.pairing?.takeOver();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const generation = await this.reserve(partition);
      if (generation === undefined) return;
      if (await this.cache.seed(partition, generation)) {
        await this.losses.reportFound(partition);
        return;
      }
    }
    throw new CacheUnavailableError(
      `Partition ${partition} was not seeded: others reserved it ${ATTEMPTS} times in a row`,
    );
  }

  /** Undefined when the partition is seeded. */
  private reserve(partition: number): Promise<string | undefined> {
    return this.store.seed(partition, (ledger) =>
      this.cache.reserve(partition, ledger, randomUUID()),
    );
  }
}
