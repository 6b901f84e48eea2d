import type { CounterCache, StoreProblem } from '../../cache/counter-cache.js';
import type { Calendar } from '../../windows/calendar.js';
import { recentMisplacedStarts } from '../../windows/former-starts.js';
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

/** Whether Redis and the database are fit for counts, and the options of this process fit the other processes. */
export class Fitness {
  /** Problems that an option allows, and that the log told once. */
  private readonly accepted = new Set<string>();

  constructor(
    private readonly dependencies: FitnessDependencies,
    private readonly options: ResolvedOptions,
  ) {}

  /** Checks database, cache and queues, each by `look`. Answers warnings; rejects with the first reason not to count. */
  async checkAll(look: (inspect: Inspect) => Promise<string[]>): Promise<string[]> {
    const warnings = await look(() => this.checkDatabase());
    // at the same time: mostly both are one server, and its silence must not be waited for twice
    const both = [look(() => this.checkCache()), look(() => this.checkQueues())];
    for (const looked of await Promise.allSettled(both)) {
      if (looked.status === 'rejected') throw looked.reason;
      warnings.push(...looked.value);
    }
    warnings.push(...(await look(() => this.checkBoth())));
    return warnings;
  }

  private async checkDatabase(): Promise<string[]> {
    const { calendar, store } = this.dependencies;
    const warnings = this.warningsOf(await store.inspect(recentMisplacedStarts(calendar)));
    // afterwards, as a read-only replica, which the inspection refuses, cannot be asked this
    await this.expectOneMode();
    return warnings;
  }

  private async checkCache(): Promise<string[]> {
    const { cache, settings } = this.dependencies;
    // first, as a server that refuses the commands of the inspection answers no others either
    const warnings = this.warningsOf(await cache.inspect());
    await settings.check();
    await this.dependencies.rules.join();
    return warnings;
  }

  private async checkQueues(): Promise<string[]> {
    const { redis } = this.options.queue;
    const where = redis === undefined ? 'The queues' : 'Option "queue.redis"';
    const problems = await this.dependencies.queue.inspect();
    return this.warningsOf(
      problems.map(({ kind, message }) => ({ kind, message: `${where}: ${message}` })),
    );
  }

  /** Compares cache and database before anything is computed by cached values: the database may have been restored. */
  private async checkBoth(): Promise<string[]> {
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

  /** Rejects where processes of the other mode, embedded or with Redis, count in this namespace on this database. */
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

  /** Messages of the warnings among problems; throws the first problem that no option allows. */
  private warningsOf(problems: readonly StoreProblem[]): string[] {
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

  /** Tells once in the log that an option allows a problem: counts may be lost by it. */
  private accept(message: string): void {
    if (this.accepted.has(message)) return;
    this.accepted.add(message);
    this.dependencies.events.lines.of().warn(`${message}. Option "allowEviction" allows this`);
  }
}
