import type { Pairing } from './neighbours/pairing.js';
import type { SettingsCheck } from './neighbours/settings-check.js';
import type { Seeder } from './seeder.js';

/** Partition 0 exists for every number of queues: it remembers the settings of the namespace. */
const FIRST = 0;

/**
 * Sets up a partition that accepts nothing yet, if this process may count:
 *
 *     check settings ──► set up partition 0 ──► check settings again ──► check and note the servers ──► seed
 *     └─────────────── not for partition 0 itself ───────────────┘
 *
 * Settings are checked twice: another process may have set up partition 0 in between.
 */
export class PartitionSetup {
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly seeder: Seeder,
    private readonly settings: Pick<SettingsCheck, 'check'>,
    private readonly pairing?: Pick<Pairing, 'checkAndNote'>,
  ) {}

  /**
   * May be called again, and calls of one partition at the same time share one run. Rejects where processes of this namespace
   * have other settings or servers, and where Redis or the database does not answer.
   */
  setUp(partition: number): Promise<void> {
    let running = this.running.get(partition);
    if (running === undefined) {
      running = this.run(partition).finally(() => this.running.delete(partition));
      this.running.set(partition, running);
    }
    return running;
  }

  private async run(partition: number): Promise<void> {
    if (partition !== FIRST) {
      await this.settings.check();
      await this.setUp(FIRST);
      await this.settings.check();
    }
    await this.pairing?.checkAndNote();
    await this.seeder.seed(partition);
  }
}
