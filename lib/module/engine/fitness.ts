import type { CounterCache, StoreProblem } from '../../cache/counter-cache.js';
import type { Calendar } from '../../windows/calendar.js';
import { misplacedStarts } from '../../windows/former-starts.js';
import { InvalidOptionsError } from '../../errors.js';
import type { CounterStore } from '../../database/counter-store.js';
import { mixedModes } from '../../persisting/neighbours/mixed-modes.js';
import type { Pairing } from '../../persisting/neighbours/pairing.js';
import type { RestoredDatabase } from '../../persisting/restored-database.js';
import type { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import type { CounterEvents } from '../../events.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { partitionNumbers } from '../../words/partitioner.js';
import type { Inspect } from './late-check.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { WindowRulesCheck } from './window-rules.js';

/** Windows that were split in this time are looked for at the start: older ones than there is a version. */
const LOOK_BACK = 3 * 366 * 86_400_000;

interface FitnessDependencies {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  events: CounterEvents;
  settings: SettingsCheck;
  restored: RestoredDatabase;
  calendar: Calendar;
  rules: WindowRulesCheck;
  pairing?: Pairing | undefined;
}

/** Whether Redis and the database are fit for counts, as they are set up and as this process is. */
export class Fitness {
  /** What was found, and is as the options want it. */
  private readonly accepted = new Set<string>();

  constructor(
    private readonly dependencies: FitnessDependencies,
    private readonly options: ResolvedOptions,
  ) {}

  /** One after the other, each by `look`; rejects with the first that speaks against counting. */
  async ofAll(look: (inspect: Inspect) => Promise<string[]>): Promise<string[]> {
    const warnings = await look(() => this.ofDatabase());
    // at the same time: mostly that is one server, whose silence would be waited for twice
    const both = [look(() => this.ofCache()), look(() => this.ofQueues())];
    for (const looked of await Promise.allSettled(both)) {
      if (looked.status === 'rejected') throw looked.reason;
      warnings.push(...looked.value);
    }
    warnings.push(...(await look(() => this.ofBoth())));
    return warnings;
  }

  private async ofDatabase(): Promise<string[]> {
    const now = Date.now();
    const { calendar, store } = this.dependencies;
    const misplaced = misplacedStarts(calendar, now - LOOK_BACK, now);
    const warnings = this.allowed(await store.inspect(misplaced));
    // what a read-only replica cannot be asked
    await this.expectOneMode();
    return warnings;
  }

  private async ofCache(): Promise<string[]> {
    const { cache, settings } = this.dependencies;
    // one that refuses what it is asked for good has no answer to the others
    const warnings = this.allowed(await cache.inspect());
    await settings.check();
    await this.dependencies.rules.join();
    return warnings;
  }

  private async ofQueues(): Promise<string[]> {
    const { redis } = this.options.queue;
    const where = redis === undefined ? 'The queues' : 'Option "queue.redis"';
    const problems = await this.dependencies.queue.inspect();
    return this.allowed(
      problems.map(({ kind, message }) => ({ kind, message: `${where}: ${message}` })),
    );
  }

  /** Before anything is computed from what is cached: the database may have been restored since. */
  private async ofBoth(): Promise<string[]> {
    const { cache, store, restored, pairing } = this.dependencies;
    await pairing?.check();
    const partitions = partitionNumbers(this.options.queue.count);
    const seen = await Promise.all(partitions.map((partition) => cache.look(partition, [])));
    if (seen.every(({ fence }) => fence === undefined)) return [];
    const { ledgers } = await store.read([], partitions);
    for (const [partition, look] of seen.entries()) {
      await restored.compare(partition, look, ledgers.get(partition) ?? 0);
    }
    return [];
  }

  /** Rejects where processes of the other mode count in this namespace on this database. */
  private async expectOneMode(): Promise<void> {
    const { store } = this.dependencies;
    const { ownLedger } = store;
    const { namespace } = this.options;
    const own = ownLedger === undefined ? 'redis' : 'embedded';
    const isMixed =
      ownLedger === undefined
        ? (await store.embedded()).length > 0
        : (await ownLedger.touch()).has(namespace);
    if (isMixed) throw new InvalidOptionsError(mixedModes(own, namespace));
  }

  private allowed(problems: readonly StoreProblem[]): string[] {
    const warnings: string[] = [];
    for (const { kind, message } of problems) {
      if (kind === 'warning') {
        warnings.push(message);
        continue;
      }
      if (kind === 'evicting' && this.options.allowEviction) {
        this.accept(message);
        continue;
      }
      const hint =
        kind === 'evicting'
          ? '. Set it to noeviction or to a policy that begins with volatile, or allow it by option "allowEviction"'
          : '';
      throw new InvalidOptionsError(`${message}${hint}`);
    }
    return warnings;
  }

  /** No problem, as somebody said so; one line, as counts may be lost. */
  private accept(message: string): void {
    if (this.accepted.has(message)) return;
    this.accepted.add(message);
    this.dependencies.events.lines.of().warn(`${message}. Option "allowEviction" allows this`);
  }
}
