import type { CounterCache } from '../../cache/counter-cache.js';
import type { ToldByProcess } from '../../cache/processes.js';
import type { Calendar } from '../../windows/calendar.js';
import type { Facts } from '../../operating/problems.js';
import type { CounterEvents } from '../../events.js';
import { BucketExpiry } from '../../persisting/bucket-expiry.js';
import type { CounterStore } from '../../database/counter-store.js';
import type { Pairing } from '../../persisting/neighbours/pairing.js';
import { EmbeddedPresence } from '../../persisting/neighbours/embedded-presence.js';
import { RedisPresence } from '../../persisting/neighbours/redis-presence.js';
import type { ProblemEnds } from '../../operating/status/problem-ends.js';
import type { LateWindows } from '../../persisting/late-windows.js';
import type { Sweeper } from '../../persisting/sweeper.js';
import { ProcessBeat } from '../../persisting/neighbours/process-beat.js';
import { WorkerWatch } from '../../persisting/neighbours/worker-watch.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { WindowRulesCheck } from './window-rules.js';

interface UpkeepDependencies {
  pairing: Pairing | undefined;
  cache: CounterCache;
  store: CounterStore;
  events: CounterEvents;
  calendar: Calendar;
  sweeper: Sweeper;
  rules: WindowRulesCheck;
  /** As beats say. */
  deliveredUntil: () => number;
  told: () => ToldByProcess | undefined;
  lateWindows: LateWindows;
  ends: ProblemEnds;
}

/** What a process does again and again without being asked. A process that persists sweeps, for example; one that does not watches for workers. */
export class Upkeep {
  /** In an embedded process. */
  readonly presence?: EmbeddedPresence;
  /** In a process with Redis. */
  readonly redis?: RedisPresence;
  private readonly sweeper: Sweeper;
  private readonly expiry: BucketExpiry;
  private readonly late: LateWindows;
  private readonly beat: ProcessBeat;
  private readonly watch: WorkerWatch;
  private readonly ends: ProblemEnds;

  constructor(
    {
      pairing,
      cache,
      store,
      events,
      calendar,
      sweeper,
      rules,
      deliveredUntil,
      told,
      lateWindows,
      ends,
    }: UpkeepDependencies,
    { windows, queue, namespace, updateInterval, workers: persists }: ResolvedOptions,
  ) {
    this.sweeper = sweeper;
    this.late = lateWindows;
    this.ends = ends;
    const isSpared = (): boolean => sweeper.isLed;
    this.expiry = new BucketExpiry(store, events, calendar, windows.retention, isSpared);
    const carried = persists ? { rules, sweeper } : { rules };
    this.beat = new ProcessBeat(
      cache,
      events.silences.redis,
      { persists, deliveredUntil, told, updateInterval },
      carried,
    );
    this.watch = new WorkerWatch(cache, events, queue.count);
    if (pairing) this.redis = new RedisPresence(pairing, store, namespace, events, { isSpared });
    if (store.ownLedger) this.presence = new EmbeddedPresence(store.ownLedger, events);
  }

  /** Problems that it found, for `status()`. */
  get found(): Pick<Facts, 'missingWorkers' | 'overlap'> {
    return { missingWorkers: this.watch.missingSince, overlap: this.presence?.overlap };
  }

  start(workers: boolean): void {
    this.redis?.start();
    this.beat.start();
    this.ends.start();
    if (!workers) {
      this.watch.start();
      return;
    }
    this.sweeper.start();
    this.expiry.start();
    this.late.start();
    this.presence?.start();
  }

  /** Resolves when rounds under way have ended, and other processes can know that this one ends. */
  stop(): Promise<unknown> {
    this.watch.stop();
    this.ends.stop();
    const { sweeper, expiry, late, beat, presence, redis } = this;
    const looking = [presence?.stop(), redis?.stop()];
    return Promise.all([sweeper.stop(), expiry.stop(), late.stop(), beat.stop(), ...looking]);
  }
}
