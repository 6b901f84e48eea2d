import { Observable } from 'rxjs';
import type { CountReader } from '../reading/count-reader.js';
import { UnexpectedError } from '../mismatch-errors.js';
import { settledAnswer, type SettledCount } from './settled-counts.js';
import { type Watched, WatchedCounters } from './watched-counters.js';

/**
 * Reads counters that somebody watches, again and again: one read for all subscribers of this process whose time has come.
 *
 *     nobody watches ──a subscriber──► he is read at once ──► waiting ──a time has come──► those are read ──► waiting
 *            └──────────────────the last one has left, or this process shuts down─────────────┘
 *
 * Times are multiples of the interval of a subscriber, so that those of one interval come together, whenever they began. Who
 * is being read when his time comes is left out.
 */
export class CountWatch {
  private readonly all = new Set<WatchedCounters>();
  private timer?: NodeJS.Timeout;
  /** When the timer ends. */
  private next = Infinity;
  private closed = false;

  constructor(private readonly reader: Pick<CountReader, 'readSettled'>) {}

  watch(watched: Watched): Observable<Map<string, number | bigint>> {
    return new Observable((subscriber) => {
      if (this.closed) {
        subscriber.complete();
        return undefined;
      }
      const counters = new WatchedCounters(watched, subscriber);
      this.all.add(counters);
      void this.read([counters]);
      this.postpone(counters, performance.now());
      this.wakeAt(counters.due);
      return () => this.remove(counters);
    });
  }

  /** Ends all, and those that are still to come. */
  close(): void {
    this.closed = true;
    for (const counters of this.all) counters.complete();
    this.rest();
  }

  private remove(counters: WatchedCounters): void {
    this.all.delete(counters);
    if (this.all.size === 0) this.rest();
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.next = Infinity;
  }

  private wakeAt(time: number): void {
    if (time >= this.next) return;
    clearTimeout(this.timer);
    this.next = time;
    this.timer = setTimeout(() => this.wake(), time - performance.now()).unref();
  }

  private wake(): void {
    // a timer may come a fraction of a millisecond early
    const now = Math.max(performance.now(), this.next);
    const due: WatchedCounters[] = [];
    let next = Infinity;
    for (const counters of this.all) {
      if (counters.due <= now) {
        this.postpone(counters, now);
        if (!counters.isRead) due.push(counters);
      }
      next = Math.min(next, counters.due);
    }
    this.next = Infinity;
    if (next < Infinity) this.wakeAt(next);
    if (due.length > 0) void this.read(due);
  }

  private postpone(counters: WatchedCounters, now: number): void {
    const { every } = counters.watched;
    counters.due = (Math.floor(now / every) + 1) * every;
  }

  /** Never rejects. */
  private async read(due: readonly WatchedCounters[]): Promise<void> {
    for (const counters of due) counters.isRead = true;
    const names = [...new Set(due.flatMap(({ watched }) => [...watched.names]))];
    const countOf = await this.countsOf(names);
    for (const counters of due) {
      counters.isRead = false;
      // he may have left meanwhile
      if (this.all.has(counters)) counters.take(countOf);
    }
  }

  private async countsOf(
    names: readonly string[],
  ): Promise<(name: string, bigint: boolean) => SettledCount> {
    try {
      const found = await this.reader.readSettled(names);
      const byName = new Map(names.map((name, place) => [name, found[place] ?? 0]));
      return (name, bigint) => settledAnswer(name, byName.get(name) ?? 0, bigint);
    } catch (error) {
      const failure = new UnexpectedError('Watched counters could not be read', { cause: error });
      return () => failure;
    }
  }
}
