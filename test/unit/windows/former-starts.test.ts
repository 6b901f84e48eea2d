import { describe, expect, test } from 'vitest';
import type { Bucket } from '../../../lib/words/bucket-name.js';
import { Calendar } from '../../../lib/windows/calendar.js';
import {
  FORMER,
  formerStart,
  misplacedStarts,
  startInsteadOf,
} from '../../../lib/windows/former-starts.js';
import { movesOf, wallClock, ZONES } from './zones.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const key = ({ window, start }: Bucket): string => `${window} ${start}`;
const BESIDE = [-HOUR, -MINUTE, 0, 29 * MINUTE, HOUR, 3 * HOUR, 23 * HOUR];

describe('where version 0.1.0 let a window begin elsewhere', () => {
  test('is known for every move of clocks of every zone, with the window that it is of', () => {
    const seen = new Set<string>();
    const wrong: string[] = [];
    let misplaced = 0;
    for (const zone of ZONES) {
      const clock = wallClock(zone);
      const calendar = new Calendar(zone);
      for (const { at, by } of movesOf(clock)) {
        // what kind of move it is: in which minute of the day, by how much, and whether on a first or last
        const day = new Date(clock(at)).getUTCDate();
        const kind = `${(clock(at) / MINUTE) % 1440} ${by} ${day === 1 || day > 27 ? day : ''}`;
        if (seen.has(kind)) continue;
        seen.add(kind);
        let found: string[] | undefined;
        for (const window of FORMER) {
          for (const instant of BESIDE.map((distance) => at + distance)) {
            const { start } = calendar.spanOf(window, instant);
            const former = formerStart(zone, window, instant);
            if (calendar.spanOf(window, former).start === former) continue;
            misplaced++;
            found ??= misplacedStarts(calendar, at - 7 * DAY, at + 7 * DAY).map(key);
            if (!found.includes(key({ window, start: former }))) {
              wrong.push(`${zone} ${window} at ${new Date(instant).toISOString()} is not found`);
            }
            if (startInsteadOf(calendar, window, former) === start) continue;
            wrong.push(`${zone} ${window} at ${new Date(instant).toISOString()}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(misplaced).toBeGreaterThan(20);
  });

  test('is nowhere else', () => {
    const calendar = new Calendar('Atlantic/Azores');
    const start = (text: string) => startInsteadOf(calendar, 'day', Date.parse(text));
    expect(start('2026-10-25T01:00:00Z')).toBe(Date.parse('2026-10-25T00:00:00Z'));
    expect(start('2026-10-25T02:00:00Z')).toBeUndefined();
    expect(start('2026-07-01T22:00:00Z')).toBeUndefined();
  });

  test.each([
    ['UTC', []],
    ['Europe/Berlin', []],
    ['America/New_York', []],
    ['Atlantic/Azores', ['day 2024-10-27T01', 'day 2025-10-26T01', 'day 2026-10-25T01']],
    ['America/Havana', ['day 2024-11-03T05', 'day 2025-11-02T05', 'day 2026-11-01T05']],
  ])('in %s is where a look at some years finds it', (zone, starts) => {
    const found = misplacedStarts(new Calendar(zone), Date.UTC(2024, 0), Date.UTC(2026, 10, 26));
    const days = found.filter(({ window }) => window === 'day');
    expect(
      days.map(({ window, start }) => `${window} ${new Date(start).toISOString().slice(0, 13)}`),
    ).toEqual(starts);
    const months = zone === 'America/Havana' ? ['2026-11-01T05:00:00.000Z'] : [];
    const others = found.filter(({ window }) => window !== 'day');
    expect(others.map(({ start }) => new Date(start).toISOString())).toEqual(months);
  });

  test('are hours where clocks are moved by thirty minutes', () => {
    const calendar = new Calendar('Australia/Lord_Howe');
    const found = misplacedStarts(calendar, Date.UTC(2026, 2), Date.UTC(2026, 4));
    expect(found).toEqual([{ window: 'hour', start: Date.parse('2026-04-04T14:30:00Z') }]);
  });
});
