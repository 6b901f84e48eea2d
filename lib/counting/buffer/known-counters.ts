import type { CountWindow } from '../../words/bucket-name.js';
import type { Partitioner } from '../../words/partitioner.js';
import type { KnownCounter } from '../entries/buffer-entry.js';
import type { EntryWindows } from '../entries/entry-settings.js';
import type { Windows, WindowSet } from '../../windows/windows.js';

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
    windows: readonly CountWindow[] | undefined,
    madeAt: number,
  ): EntryWindows | undefined {
    const set = this.windowsOf(counter, windows);
    return set && { set, moment: set.ofPast(madeAt) };
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
