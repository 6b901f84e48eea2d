import { DEFAULT_TIMINGS } from '../cache/cache-timings.js';
import type { ClosedWindow, Closings } from '../database/closing/closings.js';
import { tellingRefusals } from '../database/telling-refusals.js';
import type { CounterEvents } from '../events.js';
import type { Calendar } from '../windows/calendar.js';
import { spread } from '../words/back-off.js';
import { hasRows } from '../windows/kept-rows.js';
import { endOfBucket } from '../windows/own-spans.js';
import { type CountWindow, isOwn } from '../words/bucket-name.js';
import { Repeating } from '../words/repeating.js';

/** Parts of a window that are taken in one transaction. */
const STEP = 500;
/** Milliseconds between two rounds, on average. */
const INTERVAL = 300_000;
/** The same after a round that the database refused: a problem lasts until one succeeds. */
const REFUSED = 60_000;
/** Counters whose cached values are dropped together. */
const NAMES = 10_000;
/** Milliseconds for which the cache keeps what a row held, at most. */
const CACHED = 2 * DEFAULT_TIMINGS.baseTtl;
/** Milliseconds that a round looks back behind the last one: for transactions that were open, and for clocks that are behind. */
const OVERLAP = 900_000;
/** Milliseconds since the beginning of a window, beside those for which the past is accepted: a month may last so long. */
const LONGEST_WINDOW = 34 * 86_400_000;

const WITHOUT_RIGHT =
  'What came too late for closed windows stays in their rows: the role needs SELECT, INSERT and UPDATE on the tables of the module';

/** What to do with counts that come after their window was closed. @publicApi */
export type LatePolicy = 'park' | 'next';

interface LateOptions {
  late: LatePolicy;
  /** Milliseconds. */
  acceptPast: number;
  /** Milliseconds for which windows are kept after their end; 0 is forever. */
  retention: Readonly<Record<CountWindow, number>>;
}

interface LateDependencies {
  closings: Closings;
  calendar: Calendar;
  events: CounterEvents;
  refresher: { refresh(names: readonly string[]): Promise<void> };
}

/**
 * Takes out of the rows of closed windows what came too late for them. The numbers of a closed window do not change by it: they are
 * kept apart. One process looks for all.
 *
 * These rows are changed without a batch, and so are rows that are corrected: what the cache has of them is wrong until it is dropped.
 * Whoever changes a row drops that behind the commit. The cache may be away then, or the process may die: each round makes up for it.
 */
export class LateWindows {
  private readonly looking = new Repeating(
    () => this.lookIfAllowed(),
    () => this.nextPause(),
  );
  private refused = false;
  /** Until when changes of rows are known to be dropped from the cache: when the last round began that did so. */
  private droppedUntil = 0;

  constructor(
    private readonly dependencies: LateDependencies,
    private readonly options: LateOptions,
    /** Whether another process looks. */
    private readonly isSpared: () => boolean = () => false,
  ) {}

  start(): void {
    this.looking.startLater();
  }

  /** Resolves when the round under way has ended. */
  stop(): Promise<unknown> {
    return this.looking.stop();
  }

  /** Takes what came late for this window, and tells it. */
  async take(closed: ClosedWindow): Promise<void> {
    const { closings, calendar, events, refresher } = this.dependencies;
    const { name, window, start } = closed;
    if (!this.isKept(closed)) return;
    // a row of a tenant's own window does not say when the next one begins
    const carries = this.options.late === 'next' && !isOwn(window);
    const carryTo = carries ? calendar.find(window, Date.now()).start : undefined;
    // by a clock that was put back: it would come too late there again
    if (carryTo !== undefined && carryTo <= start) return;
    for (let taken = STEP; taken === STEP;) {
      const rows = await closings.takeLate(closed, carryTo, STEP);
      taken = rows.length;
      if (taken === 0) return;
      // nobody would find them again
      events.emit('lateCounts', {
        ...{ name, window, start: new Date(start), counters: taken },
        ...(carryTo !== undefined && { carriedTo: new Date(carryTo) }),
      });
      // what fails the next round makes up for
      await refresher.refresh(rows.map((row) => row.name)).catch(() => undefined);
    }
  }

  /** A row that was removed begins anew at 0, and cannot be told from one that went down. */
  private isKept({ window, start }: ClosedWindow): boolean {
    const end = endOfBucket({ window, start }, this.dependencies.calendar);
    return hasRows(window, end, this.options.retention);
  }

  /** One round over all windows for which something may come. */
  async look(now = Date.now()): Promise<void> {
    const { closings } = this.dependencies;
    if (!(await closings.exists())) return;
    const since = now - this.options.acceptPast - LONGEST_WINDOW;
    const failed: unknown[] = [];
    for (let seen = 0, isMore = true; isMore;) {
      const page = await closings.since(since, seen);
      seen += page.length;
      isMore = page.length > 0;
      for (const closing of page) {
        if (this.looking.stopped) return;
        // one whose rows are refused keeps no other back
        await this.take(closing).catch((error: unknown) => failed.push(error));
      }
    }
    await this.dropChanged(now).catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  }

  /** Drops from the cache what it may still have of rows that were changed without a batch. */
  private async dropChanged(now: number): Promise<void> {
    const { closings, refresher } = this.dependencies;
    const since = Math.max(now - CACHED, Math.min(now, this.droppedUntil) - OVERLAP);
    for (let after: string | undefined = ''; after !== undefined;) {
      const names: string[] = await closings.changedSince(since, { after, limit: NAMES });
      if (names.length > 0) await refresher.refresh(names);
      after = names.length === NAMES ? names.at(-1) : undefined;
    }
    this.droppedUntil = now;
  }

  /** Never rejects. */
  async lookIfAllowed(): Promise<void> {
    // a problem lasts until a round succeeds
    if (this.isSpared() && !this.refused) return;
    this.refused = await tellingRefusals(this.dependencies.events, WITHOUT_RIGHT, () =>
      this.look(),
    );
  }

  /** Milliseconds until the next round. */
  nextPause(): number {
    return spread(this.refused ? REFUSED : INTERVAL, 0.5, 1.5);
  }
}
