import { describe, expect, test } from 'vitest';
import { Calendar, type Span } from '../../../lib/windows/calendar.js';
import { type CountWindow, WINDOWS } from '../../../lib/words/bucket-name.js';
import { FROM, type Move, movesOf, TO, wallClock, ZONES } from './zones.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Instants beside a move of the clocks, in milliseconds from it. */
const BESIDE = [
  ...[-26 * HOUR, -2 * HOUR, -61 * MINUTE, -HOUR, -31 * MINUTE, -30 * MINUTE, -MINUTE, -1, 0, 1],
  ...[MINUTE, 29 * MINUTE, 30 * MINUTE, 31 * MINUTE, HOUR, 61 * MINUTE, 2 * HOUR, 26 * HOUR],
];

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
const dateOf = (wall: number): number => Math.floor(wall / DAY);
/** 1970 began on a Thursday. */
const weekOf = (wall: number): number => Math.floor((dateOf(wall) + 3) / 7);
const monthOf = (wall: number): number => {
  const date = new Date(wall);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Everything that is wrong with windows is a line. */
class Inspection {
  readonly complaints: string[] = [];
  private readonly calendar: Calendar;
  private readonly wall: (instant: number) => number;
  private readonly backwards: readonly number[];
  private readonly shifts: ReadonlySet<number>;

  constructor(
    private readonly zone: string,
    moves: readonly Move[],
  ) {
    this.calendar = new Calendar(zone);
    this.wall = wallClock(zone);
    this.backwards = moves.filter(({ by }) => by < 0).map(({ at }) => at);
    this.shifts = new Set(moves.filter(({ by }) => by % HOUR !== 0).map(({ at }) => at));
  }

  inspect(window: CountWindow, instant: number, more: readonly number[]): void {
    const span = this.spanOf(window, instant);
    const say = (what: string): void => {
      this.complaints.push(`${this.zone} ${window} at ${new Date(instant).toISOString()}: ${what}`);
    };
    const { start, end } = span;
    if (!(start <= instant && instant < end)) say(`it is not in ${start} to ${end}`);
    if (start % MINUTE !== 0) say(`${start} is no whole minute`);
    const inside = more.filter((other) => other >= start && other < end);
    for (const other of [start, Math.floor((start + end) / 2), end - 1, ...inside]) {
      const again = this.spanOf(window, other);
      if (again.start !== start || again.end !== end) {
        say(`${new Date(other).toISOString()} is in another window`);
      }
    }
    if (this.spanOf(window, end).start !== end) say('there is a gap behind it');
    if (this.spanOf(window, start - 1).end !== start) say('there is a gap before it');
    this.compare(window, span, instant, say);
  }

  /** Not the one that the calendar found last: that is what it would answer without a look. */
  private spanOf(window: CountWindow, instant: number): Span {
    this.calendar.spanOf(window, 0);
    return this.calendar.spanOf(window, instant);
  }

  /** With the clock on the wall. */
  private compare(
    window: CountWindow,
    { start, end }: Span,
    instant: number,
    say: (what: string) => void,
  ): void {
    if (window === 'minute') {
      if (end - start !== MINUTE) say('it is no minute');
    } else if (window === 'hour') {
      if (end - start > HOUR) say('it is longer than an hour');
      for (const edge of [start, end]) {
        const whole = this.wall(edge) % HOUR === 0;
        if (!whole && !this.shifts.has(edge)) say('it begins or ends within an hour of the clock');
      }
      const passed = this.wall(instant) - this.wall(start) - (instant - start);
      if (modulo(passed, HOUR) !== 0) say('clocks were moved by a part of an hour within it');
    } else {
      const label = { day: dateOf, week: weekOf, month: monthOf }[window];
      const at = (time: number): number => label(this.wall(time));
      const own = at(start);
      if (at(start - 1) >= own) say('the clock showed it before it began');
      if (at(end) <= own) say('the clock still shows it at its end');
      const putBack = this.backwards.some((back) => back > start && back <= instant);
      if (at(instant) !== own && !(putBack && at(instant) < own)) say('the clock shows another');
      if (this.spanOf('hour', start).start !== start) say('it begins within an hour');
    }
  }
}

describe('windows of every time zone, 2000 to 2040', () => {
  test('have one start, follow one another, and are those of the clock on the wall', () => {
    const inspected = new Set<string>();
    const complaints: string[] = [];
    let moved = 0;
    for (const [index, zone] of ZONES.entries()) {
      const moves = movesOf(wallClock(zone));
      const inspection = new Inspection(zone, moves);
      // many zones move their clocks alike: beside a move only the first of them is looked at closely
      const rules = moves.filter(({ at, by }) => {
        const known = `${wallClock(zone)(at) - at} ${at} ${by}`;
        const isNew = !inspected.has(known);
        inspected.add(known);
        return isNew;
      });
      moved += rules.length;
      for (const { at } of rules) {
        const instants = BESIDE.map((distance) => at + distance);
        for (const window of WINDOWS) {
          for (const instant of instants) inspection.inspect(window, instant, instants);
        }
      }
      for (let step = 0; step < 12; step++) {
        const instant = Math.floor(FROM + (TO - FROM) * (((index * 12 + step) * 0.618034) % 1));
        for (const window of WINDOWS) inspection.inspect(window, instant, []);
      }
      complaints.push(...inspection.complaints);
    }
    expect(complaints.slice(0, 20)).toEqual([]);
    // that there was something to look at
    expect(moved).toBeGreaterThan(1000);
  });
});
