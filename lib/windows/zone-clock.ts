const MINUTE = 60_000;
const DAY = 86_400_000;
/** No clock was ever further from UTC. */
const FURTHEST = 16 * 3_600_000;
/** Since 2000, no zone moved its clocks twice within a week. */
const STRIDE = 6 * DAY;
/** Days whose moves of the clocks are remembered. */
const REMEMBERED = 1_000;
const LAST_INSTANT = 8.64e15;

/** A moment at which clocks are moved. Times are in milliseconds. */
interface Move {
  at: number;
  /** Ahead of UTC, before and from then on. */
  before: number;
  after: number;
}

interface Day {
  /** Ahead of UTC when it begins. */
  offset: number;
  moves: readonly Move[];
}

/**
 * How far the clocks of a time zone are ahead of UTC, and when they are moved, to a whole minute: until
 * 1972 there were zones with offsets of seconds. Intl is asked twice for each day in UTC, whose moves are
 * then found by bisection; clocks that are moved and moved back within one such day count as unmoved.
 */
export class ZoneClock {
  private readonly format: Intl.DateTimeFormat;
  private readonly days = new Map<number, Day>();
  private last = { at: NaN, offset: 0 };

  constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      timeZoneName: 'longOffset',
      hour: 'numeric',
    });
  }

  offsetAt(instant: number): number {
    const { offset, moves } = this.day(Math.floor(instant / DAY));
    return moves.findLast(({ at }) => at <= instant)?.after ?? offset;
  }

  /** Those after `from` and before `to`, in their order. */
  *moves(from: number, to: number): Generator<Move> {
    for (let day = Math.floor(from / DAY); day * DAY < to; day++) {
      for (const move of this.day(day).moves) if (move.at > from && move.at < to) yield move;
    }
  }

  /** The same for a long time, quickly: those of two moves within six days can be missed. */
  *movesOfYears(from: number, to: number): Generator<Move> {
    let before = this.ask(from);
    for (let start = from; start < to; start += STRIDE) {
      const after = this.ask(start + STRIDE);
      if (after !== before) yield* this.moves(start, Math.min(to, start + STRIDE + 1));
      before = after;
    }
  }

  /** The first instant at which clocks show a time, given as if it were in UTC, or a later one. */
  firstShowing(time: number): number {
    let start = time - FURTHEST;
    let offset = this.offsetAt(start);
    for (const { at, after } of this.moves(start, time + FURTHEST)) {
      if (time - offset < at) break;
      start = at;
      offset = after;
    }
    return Math.max(start, time - offset);
  }

  private day(number: number): Day {
    let day = this.days.get(number);
    if (day === undefined) {
      day = this.lookUp(number * DAY, (number + 1) * DAY);
      if (this.days.size >= REMEMBERED) this.days.clear();
      this.days.set(number, day);
    }
    return day;
  }

  private lookUp(start: number, end: number): Day {
    const first = this.last.at === start ? this.last.offset : this.ask(start);
    const last = this.ask(end);
    this.last = { at: end, offset: last };
    const moves: Move[] = [];
    for (let from = start, before = first; before !== last;) {
      const at = this.firstMove(from, end, before);
      const after = this.ask(at);
      moves.push({ at, before, after });
      from = at;
      before = after;
    }
    return { offset: first, moves };
  }

  private firstMove(from: number, to: number, offset: number): number {
    let [low, high] = [from, to];
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (this.ask(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  private ask(instant: number): number {
    // beyond the last date there is
    if (Number.isNaN(instant)) return 0;
    const possible = Math.max(-LAST_INSTANT, Math.min(LAST_INSTANT, instant));
    // such as "11 PM GMT+05:30", "11 PM GMT"
    const [sign, hours, minutes = 0, seconds = 0] = this.format
      .format(possible)
      .replace(/^.*GMT/, '')
      .replace(/^[+-]/, '$&:')
      .split(':');
    const size = Number(hours ?? 0) * 60 + Number(minutes) + Math.round(Number(seconds) / 60);
    return size * (sign === '-' ? -MINUTE : MINUTE);
  }
}
