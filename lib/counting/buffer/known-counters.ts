import type { CountWindow, OwnBucket } from '../../words/bucket-name.js';
import type { Partitioner } from '../../words/partitioner.js';
import type { KnownCounter } from '../entries/buffer-entry.js';
import type { EntryWindows } from '../entries/entry-settings.js';
import type { Addition } from './addition.js';
import type { Limits } from '../../input/limits.js';
import type { Windows, WindowSet } from '../../windows/windows.js';

/** These windows, and one with a time zone or a first day of its own. */
const withOwn = (own: OwnBucket, kept: EntryWindows | undefined): EntryWindows => ({
  set: 'own',
  moment: {
    start: Math.max(own.start, kept?.moment.start ?? -Infinity),
    end: Math.min(own.end, kept?.moment.end ?? Infinity),
    suffixes: [...(kept?.moment.suffixes ?? []), own.suffix],
  },
});

/** At most this many are known without being counted right now. */
const KEPT = 50_000;

/**
 * The counters that this process counted lately, by name. Those with entries are known in any case: two
 * entries of one counter always find the same.
 */
export class KnownCounters {
  private counters = new Map<string, KnownCounter>();
  private limit = KEPT;

  constructor(
    private readonly partitionOf: Partitioner,
    private readonly windows: Windows,
  ) {}

  /** Undefined when it is not known. */
  get(name: string): KnownCounter | undefined {
    return this.counters.get(name);
  }

  /** The name was checked before. */
  of(name: string): KnownCounter {
    return this.counters.get(name) ?? this.learn(name);
  }

  /** The windows of an increment that names these. */
  windowsOf(counter: KnownCounter, windows?: readonly CountWindow[]): WindowSet | undefined {
    return windows === undefined ? counter.windows : this.windows.of(counter.name, windows);
  }

  /** The same, with the moment in which the increment is made. */
  windowsAt(
    counter: KnownCounter,
    windows?: readonly CountWindow[],
    now = Date.now(),
  ): EntryWindows | undefined {
    const set = this.windowsOf(counter, windows);
    return set && { set, moment: set.at(now) };
  }

  /** The same for an increment that was made at another time, or may have been. */
  windowsOfPast(
    counter: KnownCounter,
    { windows, own }: Pick<Addition, 'windows' | 'own'>,
    madeAt: number,
  ): EntryWindows | undefined {
    const set = this.windowsOf(counter, windows);
    const kept = set && { set, moment: set.ofPast(madeAt) };
    return own === undefined ? kept : withOwn(own, kept);
  }

  /** Those of an increment whose bounds are about a window; `bucket` names that window of the counter. */
  windowsWithin(
    counter: KnownCounter,
    windows: readonly CountWindow[],
    { window, own }: Pick<Limits, 'window' | 'own'>,
    now: number,
  ): { windows?: EntryWindows | undefined; bucket?: string | undefined } {
    if (own !== undefined) {
      return { windows: withOwn(own, this.windowsAt(counter, windows, now)), bucket: own.suffix };
    }
    if (window === undefined) return { windows: this.windowsAt(counter, windows, now) };
    const set = this.windows.of(counter.name, [...windows, window]);
    const moment = set?.at(now);
    return {
      windows: set && moment && { set, moment },
      bucket: moment && set?.suffix(window, moment.start),
    };
  }

  private learn(name: string): KnownCounter {
    if (this.counters.size >= this.limit) this.forget();
    // a text of its own: one that was cut from a longer text would keep all of that
    const own = Buffer.from(name).toString();
    const partition = this.partitionOf(name);
    const windows = this.windows.of(name);
    const counter = {
      name: own,
      partition,
      windows,
      open: undefined,
      unsettledEntries: 0,
      call: 0,
    };
    this.counters.set(own, counter);
    return counter;
  }

  private forget(): void {
    const counted = [...this.counters].filter(([, { unsettledEntries }]) => unsettledEntries > 0);
    this.counters = new Map(counted);
    // so that it is worth the while next time, however many are counted
    this.limit = KEPT + 2 * counted.length;
  }
}
