import { describe, expect, test } from 'vitest';
import { Calendar } from '../../../lib/windows/calendar.js';
import { calendarOf, endOfBucket, OwnSpans } from '../../../lib/windows/own-spans.js';
import { movesOf, wallClock, ZONES } from './zones.js';

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const iso = (instant: number): string => new Date(instant).toISOString();
const day = (date: number): string => iso(date).slice(0, 10);
const ANCHORS = Array.from({ length: 31 }, (_, index) => index + 1);

/** Without midnight on some days, with midnights twice, with a date left out, of half hours, and plain ones. */
const CURIOUS = [
  ...['America/Havana', 'America/Sao_Paulo', 'America/Asuncion', 'Asia/Beirut', 'Africa/Cairo'],
  ...['Atlantic/Azores', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe'],
  ...['Asia/Kathmandu', 'Europe/Berlin', 'Pacific/Kiritimati', 'Etc/GMT+12', 'UTC'],
];

/** The date with which a month begins: that of its anchor, or its last one. By counting days, not as the library does. */
function dateIn(year: number, month: number, anchor: number): number {
  const first = Date.UTC(year, month, 1);
  let date = first;
  while (date + DAY < Date.UTC(year, month + 1, 1) && date < first + (anchor - 1) * DAY)
    date += DAY;
  return date;
}

describe('months with an anchor', () => {
  test.each<[number, string[]]>([
    [31, ['2023-12-31', '2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']],
    [30, ['2023-12-30', '2024-01-30', '2024-02-29', '2024-03-30', '2024-04-30', '2024-05-30']],
    [29, ['2023-12-29', '2024-01-29', '2024-02-29', '2024-03-29', '2024-04-29', '2024-05-29']],
    [17, ['2023-12-17', '2024-01-17', '2024-02-17', '2024-03-17', '2024-04-17', '2024-05-17']],
  ])('begin on day %d, or on the last one of a shorter month', (anchor, dates) => {
    const months = new OwnSpans('month', new Calendar('UTC'), anchor);
    const found = [...months.spans(at('2024-01-01'), at('2024-06-01'))];
    expect(found.map(({ date }) => day(date))).toEqual(dates);
    expect(found.map(({ start }) => day(start))).toEqual(dates);
    const [february] = new OwnSpans('month', new Calendar('UTC'), 29).spans(...of('2026-03-01'));
    expect(february && [day(february.start), day(february.end)]).toEqual([
      '2026-02-28',
      '2026-03-29',
    ]);
  });

  const of = (text: string): [number, number] => [at(text), at(text) + 1];

  test('follow one another without gap or overlap, from each date that the calendar has, in zones of all kinds', () => {
    const complaints: string[] = [];
    for (const zone of CURIOUS) {
      const calendar = new Calendar(zone);
      const wall = wallClock(zone);
      for (const anchor of ANCHORS) {
        const months = new OwnSpans('month', calendar, anchor);
        const say = (what: string): void => void complaints.push(`${zone} ${anchor}: ${what}`);
        let before = months.spanOf(Date.UTC(2007, 11, 15));
        for (let month = before.date < Date.UTC(2007, 11) ? 11 : 12; month < 200; month++) {
          const span = months.spanOf(before.end);
          if (span.start !== before.end) say(`a gap before ${iso(span.start)}`);
          if (span.date !== dateIn(2007, month, anchor)) say(`${day(span.date)} is no beginning`);
          // the clock on the wall shows the date from the start on, and not before
          if (wall(span.start) < span.date) say(`${iso(span.start)} is too early`);
          if (wall(span.start - 1) >= span.date) say(`${iso(span.start)} is too late`);
          if (months.spanOf(span.end - 1) !== span) say(`${iso(span.end)} is not the end`);
          before = span;
        }
      }
    }
    expect(complaints.slice(0, 20)).toEqual([]);
  });

  test('hold each instant beside a move of the clocks in one month, also where the move is at their beginning', () => {
    const complaints: string[] = [];
    let inspected = 0;
    const known = new Set<string>();
    for (const zone of ZONES.filter((_, index) => index % 8 === 0).concat(CURIOUS)) {
      const wall = wallClock(zone);
      const calendar = new Calendar(zone);
      for (const { at: move, by } of movesOf(wall)) {
        const key = `${wall(move)} ${move} ${by}`;
        if (known.has(key)) continue;
        known.add(key);
        const dates = [move - DAY, move - 1, move, move + DAY].map((time) =>
          new Date(wall(time)).getUTCDate(),
        );
        for (const anchor of new Set([...dates, 31])) {
          const months = new OwnSpans('month', calendar, anchor);
          const near = [...months.spans(move - 2 * DAY, move + 2 * DAY)];
          for (const distance of [-26, -2, -1, -0.5, 0, 0.5, 1, 2, 26]) {
            const instant = move + distance * 3_600_000;
            const holding = near.filter(({ start, end }) => start <= instant && instant < end);
            months.spanOf(0);
            const found = months.spanOf(instant);
            inspected++;
            if (holding.length === 1 && holding[0]?.date === found.date) continue;
            complaints.push(`${zone} ${anchor} ${iso(instant)}: in ${holding.length} months`);
          }
        }
      }
    }
    expect(complaints.slice(0, 20)).toEqual([]);
    expect(inspected).toBeGreaterThan(5_000);
  });
});

describe('days and weeks of a time zone of their own', () => {
  test('are named by the date with which they begin, whatever the zone', () => {
    const instant = at('2026-11-28T02:00:00Z');
    const of = (kind: 'day' | 'week', zone: string) => {
      const { start, date } = new OwnSpans(kind, new Calendar(zone)).spanOf(instant);
      return [iso(start), day(date)];
    };
    expect(of('day', 'Europe/Berlin')).toEqual(['2026-11-27T23:00:00.000Z', '2026-11-28']);
    expect(of('day', 'America/New_York')).toEqual(['2026-11-27T05:00:00.000Z', '2026-11-27']);
    expect(of('week', 'Asia/Tokyo')).toEqual(['2026-11-22T15:00:00.000Z', '2026-11-23']);
  });

  test('have names of buckets of their own', () => {
    const calendar = new Calendar('UTC');
    const instant = at('2026-06-01T00:00:00Z');
    const suffixes = (['day', 'week', 'month'] as const).map(
      (kind) => new OwnSpans(kind, calendar).bucketAt(instant).suffix,
    );
    expect(new Set([...suffixes, ...suffixes.map((suffix) => suffix.slice(1))]).size).toBe(4);
  });
});

describe('windows that begin with one date', () => {
  const utc = new Calendar('UTC');
  const endOf = (window: 'day*' | 'week*' | 'month*' | 'month', date: string): string =>
    iso(endOfBucket({ window, start: at(date) }, utc));

  test('have ended everywhere a day after the last of them ended in UTC', () => {
    expect(endOf('day*', '2026-11-28')).toBe('2026-11-30T00:00:00.000Z');
    expect(endOf('week*', '2026-11-23')).toBe('2026-12-01T00:00:00.000Z');
    expect(endOf('month*', '2026-10-17')).toBe('2026-11-18T00:00:00.000Z');
    // of anchors 28 to 31, and of 30 and 31
    expect(endOf('month*', '2026-02-28')).toBe('2026-04-01T00:00:00.000Z');
    expect(endOf('month*', '2026-02-27')).toBe('2026-03-28T00:00:00.000Z');
    expect(endOf('month*', '2026-04-30')).toBe('2026-06-01T00:00:00.000Z');
    expect(endOf('month*', '2026-01-31')).toBe('2026-03-01T00:00:00.000Z');
    expect(endOf('month', '2026-01-01')).toBe('2026-02-01T00:00:00.000Z');
  });

  test('last in no zone longer than that, whatever their anchors and the moves of clocks', () => {
    const tooLong: string[] = [];
    for (const zone of CURIOUS) {
      const calendar = new Calendar(zone);
      const kinds = (['day', 'week'] as const).map((kind) => new OwnSpans(kind, calendar));
      const months = ANCHORS.map((anchor) => new OwnSpans('month', calendar, anchor));
      for (const spans of [...kinds, ...months]) {
        const { bucketWindow: window } = spans;
        for (const { date, end } of spans.spans(at('2011-10-01'), at('2012-05-01'))) {
          if (end > endOfBucket({ window, start: date }, utc)) tooLong.push(`${zone} ${iso(end)}`);
        }
      }
    }
    expect(tooLong).toEqual([]);
  });
});

test('calendars of zones are made once, however their names are written, and for real zones alone', () => {
  expect(calendarOf('Europe/Berlin')).toBe(calendarOf('europe/berlin'));
  for (const wrong of ['', 'Europe/Nowhere', 'x'.repeat(100_000), 'Europe/Ber\u212Ain', ' UTC']) {
    expect(calendarOf(wrong)).toBeUndefined();
  }
});
