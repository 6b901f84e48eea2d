import { bucketName, bucketSuffix, type CountWindow, WINDOWS } from '../words/bucket-name.js';
import type { Calendar, Span } from './calendar.js';

/** A window of a counter, by the name that the cache has for it. */
export interface NamedSpan extends Span {
  name: string;
}

export function* bucketsOf(
  calendar: Calendar,
  counter: string,
  window: CountWindow,
  from: number,
  to: number,
): Generator<NamedSpan> {
  for (const span of calendar.spans(window, from, to)) {
    yield { ...span, name: bucketName(counter, bucketSuffix({ window, start: span.start })) };
  }
}

/** Counters whose increments are kept per window without naming the window at each call. @publicApi */
export interface WindowedCounters {
  /** The rule holds for counters whose name begins with this, unless an earlier rule fits. `''` fits all counters. */
  prefix: string;
  /** The windows, at least one. */
  windows: readonly CountWindow[];
}

/** The buckets that increments of a time go to. */
export interface Moment {
  start: number;
  /** From then on they are others. */
  end: number;
  /** Names of the buckets, behind that of the counter. */
  suffixes: readonly string[];
}

/** Some windows that are counted together; the same ones are always the same object. */
export class WindowSet {
  private moment?: Moment;

  constructor(
    readonly windows: readonly CountWindow[],
    private readonly calendar: Calendar,
  ) {}

  at(now: number): Moment {
    return this.kept(now) ?? (this.moment = this.find((it) => this.calendar.spanOf(it, now)));
  }

  /** The same for another time: the present moment is still found at once. */
  ofPast(time: number): Moment {
    return this.kept(time) ?? this.find((it) => this.calendar.find(it, time));
  }

  private kept(time: number): Moment | undefined {
    const { moment } = this;
    const isThen = moment !== undefined && time >= moment.start && time < moment.end;
    return isThen ? moment : undefined;
  }

  private find(spanOf: (window: CountWindow) => Span): Moment {
    const spans = this.windows.map((window) => ({ window, ...spanOf(window) }));
    return {
      start: Math.max(...spans.map(({ start }) => start)),
      end: Math.min(...spans.map(({ end }) => end)),
      suffixes: spans.map(bucketSuffix),
    };
  }

  suffix(window: CountWindow, now: number): string {
    return bucketSuffix({ window, start: this.calendar.spanOf(window, now).start });
  }
}

/** Which windows a counter is kept per. */
export class Windows {
  private readonly sets: readonly (WindowSet | undefined)[];
  private readonly rules: readonly { prefix: string; mask: number }[];

  constructor(counters: readonly WindowedCounters[], calendar: Calendar) {
    this.rules = counters.map(({ prefix, windows }) => ({ prefix, mask: maskOf(windows) }));
    this.sets = Array.from({ length: 1 << WINDOWS.length }, (_, mask) =>
      mask === 0 ? undefined : new WindowSet(windowsOf(mask), calendar),
    );
  }

  /** Whether the options name this window for the counter: an increment may name further ones. */
  keeps(name: string, window: CountWindow): boolean {
    const rule = this.rules.find(({ prefix }) => name.startsWith(prefix));
    return ((rule?.mask ?? 0) & maskOf([window])) !== 0;
  }

  /** Those that the options name, and these; undefined for none. */
  of(name: string, windows: readonly CountWindow[] = []): WindowSet | undefined {
    const rule = this.rules.find(({ prefix }) => name.startsWith(prefix));
    return this.sets[(rule?.mask ?? 0) | maskOf(windows)];
  }
}

const maskOf = (windows: readonly CountWindow[]): number =>
  windows.reduce((mask, window) => mask | (1 << WINDOWS.indexOf(window)), 0);

const windowsOf = (mask: number): CountWindow[] =>
  WINDOWS.filter((_, index) => (mask & (1 << index)) !== 0);
