import type { CounterCache, Fill } from '../cache/counter-cache.js';
import { realTimers } from '../real-timers.js';
import type { Int64String } from '../words/int64.js';

/** No value of so few digits is near the end of the 64-bit range. */
const LONGEST_SMALL = 18;

/** Values of several readers who saw the partition in one state. */
interface Gathering extends Fill {
  values: Map<string, Int64String>;
}

/**
 * Caches persisted values that were read. Nobody waits for that: a caller has his totals before it begins, and what he sends
 * then goes first. A look for one of these counters sends the fill before itself, and so finds the value.
 *
 * Never rejects: a value that is not cached costs a query next time. How late a fill comes makes no difference, as the cache
 * takes none that a batch overtook.
 */
export class BaseFiller {
  /** By partition. */
  private readonly waiting = new Map<number, Gathering[]>();

  /** `most`: values in one fill. */
  constructor(
    private readonly cache: Pick<CounterCache, 'fill'>,
    private readonly most = 1000,
  ) {}

  async fill(partition: number, fill: Fill): Promise<void> {
    await this.cache.fill(partition, fill).catch(() => undefined);
  }

  /**
   * Fills two turns of the event loop later: in the next one the caller's own commands are written. At once where a value may
   * be near the end of the range: the caller's next increment must not be taken by a cache that does not know of it.
   */
  fillSoon(partition: number, fill: Fill): void {
    if (mayBeLarge(fill)) {
      void this.fill(partition, fill);
      return;
    }
    if (this.waiting.size === 0)
      realTimers.immediate(() => realTimers.immediate(() => this.sendAll()));
    const before = this.waiting.get(partition) ?? [];
    this.waiting.set(partition, before);
    const last = before.at(-1);
    const size = (last?.values.size ?? 0) + fill.values.size;
    if (last !== undefined && isAlike(last, fill) && size <= this.most) {
      for (const [name, value] of fill.values) last.values.set(name, value);
    } else before.push({ ...fill, values: new Map(fill.values) });
  }

  /** Sends what waits to be filled of these counters, before a look for them. */
  beforeLook(partition: number, names: readonly string[]): void {
    const fills = this.waiting.get(partition);
    if (fills === undefined) return;
    const isAsked = ({ values }: Fill): boolean => names.some((name) => values.has(name));
    if (fills.some(isAsked)) this.send(partition, fills);
  }

  private sendAll(): void {
    for (const [partition, fills] of this.waiting) this.send(partition, fills);
  }

  private send(partition: number, fills: readonly Fill[]): void {
    this.waiting.delete(partition);
    for (const fill of fills) void this.fill(partition, fill);
  }
}

function mayBeLarge({ values }: Fill): boolean {
  for (const value of values.values()) if (value.length > LONGEST_SMALL) return true;
  return false;
}

const isAlike = (one: Fill, other: Fill): boolean =>
  one.fence === other.fence &&
  one.generation === other.generation &&
  one.batchSeq === other.batchSeq &&
  one.refreshes === other.refreshes &&
  one.ledgerSeq === other.ledgerSeq;
