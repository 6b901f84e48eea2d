import { describe, expect, test } from 'vitest';
import { type CountWindow, WINDOWS } from '../../../lib/words/bucket-name.js';
import { Calendar, isTimeZone } from '../../../lib/windows/calendar.js';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const iso = (instant: number): string => new Date(instant).toISOString();

function span(zone: string, window: CountWindow, instant: string): [string, string] {
  const { start, end } = new Calendar(zone).spanOf(window, at(instant));
  return [iso(start), iso(end)];
}

describe('a calendar', () => {
  test.each<[CountWindow, string, string]>([
    ['minute', '2024-02-29T23:59:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['hour', '2024-02-29T23:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['day', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['week', '2024-02-26T00:00:00.000Z', '2024-03-04T00:00:00.000Z'],
    ['month', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
  ])('knows the %s in UTC', (window, start, end) => {
    expect(span('UTC', window, '2024-02-29T23:59:59.999Z')).toEqual([start, end]);
    expect(span('UTC', window, start)).toEqual([start, end]);
    expect(span('UTC', window, end)[0]).toBe(end);
  });

  test('begins days and months where a zone does', () => {
    expect(span('America/New_York', 'day', '2026-01-01T03:00:00Z')).toEqual([
      '2025-12-31T05:00:00.000Z',
      '2026-01-01T05:00:00.000Z',
    ]);
    expect(span('America/New_York', 'month', '2026-01-01T03:00:00Z')).toEqual([
      '2025-12-01T05:00:00.000Z',
      '2026-01-01T05:00:00.000Z',
    ]);
    // New York changes to summer time in March
    expect(span('America/New_York', 'month', '2026-03-20T03:00:00Z')).toEqual([
      '2026-03-01T05:00:00.000Z',
      '2026-04-01T04:00:00.000Z',
    ]);
  });

  test('begins hours where a zone of half hours does', () => {
    expect(span('Asia/Kolkata', 'hour', '2026-01-01T10:15:00Z')).toEqual([
      '2026-01-01T09:30:00.000Z',
      '2026-01-01T10:30:00.000Z',
    ]);
  });

  test('has a day of 23 hours where clocks are put on', () => {
    const [start, end] = span('Europe/Berlin', 'day', '2026-03-29T12:00:00Z');
    expect([start, end]).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    const hours = [...new Calendar('Europe/Berlin').spans('hour', at(start), at(end))];
    expect(hours).toHaveLength(23);
  });

  test('has a day of 25 hours where clocks are put back, the hour that comes twice being two', () => {
    const [start, end] = span('Europe/Berlin', 'day', '2026-10-25T12:00:00Z');
    expect([start, end]).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
    const hours = [...new Calendar('Europe/Berlin').spans('hour', at(start), at(end))];
    expect(hours).toHaveLength(25);
    expect(new Set(hours.map(({ start: begin }) => begin)).size).toBe(25);
    expect(hours.every((hour) => hour.end - hour.start === HOUR)).toBe(true);
    expect(span('Europe/Berlin', 'hour', '2026-10-25T00:30:00Z')[0]).toBe(
      '2026-10-25T00:00:00.000Z',
    );
    expect(span('Europe/Berlin', 'hour', '2026-10-25T01:30:00Z')[0]).toBe(
      '2026-10-25T01:00:00.000Z',
    );
  });

  test('has a day that begins at one, where midnight is left out', () => {
    expect(span('America/Sao_Paulo', 'day', '2018-11-04T12:00:00Z')).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ]);
  });

  test('has one day where midnight comes twice, from the first one on', () => {
    const day = ['2026-10-25T00:00:00.000Z', '2026-10-26T01:00:00.000Z'];
    for (const hour of ['00:00', '00:30', '01:00', '12:00']) {
      expect(span('Atlantic/Azores', 'day', `2026-10-25T${hour}:00Z`)).toEqual(day);
    }
  });

  test('has one month where its first midnight comes twice', () => {
    // clocks were put back from 01:00 to 00:00
    const twice = ['2015-11-01T04:00:00.000Z', '2015-12-01T05:00:00.000Z'];
    for (const minute of ['04:00', '04:59', '05:00', '05:30', '06:00']) {
      expect(span('America/Havana', 'month', `2015-11-01T${minute}:00Z`)).toEqual(twice);
    }
    // and from 00:01 to 23:01: November had begun, and goes on
    const november = ['2009-11-01T02:30:00.000Z', '2009-12-01T03:30:00.000Z'];
    for (const minute of ['02:30', '02:31', '03:29', '03:31']) {
      expect(span('America/St_Johns', 'month', `2009-11-01T${minute}:00Z`)).toEqual(november);
      expect(span('America/St_Johns', 'day', `2009-11-01T${minute}:00Z`)[0]).toBe(november[0]);
    }
    expect(span('America/St_Johns', 'day', '2009-11-01T02:29:59.999Z')[1]).toBe(november[0]);
  });

  test('has no day for a date that a zone left out', () => {
    const days = [
      ...new Calendar('Pacific/Apia').spans(
        'day',
        at('2011-12-29T12:00:00Z'),
        at('2012-01-01T00:00:00Z'),
      ),
    ];
    expect(days.map(({ start }) => iso(start))).toEqual([
      '2011-12-29T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
    ]);
    expect(span('Pacific/Kwajalein', 'day', '1993-08-21T12:00:00Z')).toEqual([
      '1993-08-21T12:00:00.000Z',
      '1993-08-22T12:00:00.000Z',
    ]);
  });

  test('has a day of 24.5 hours where clocks are put back by thirty minutes, an hour being cut', () => {
    const [start, end] = span('Australia/Lord_Howe', 'day', '2026-04-05T00:00:00Z');
    expect(at(end) - at(start)).toBe(24.5 * HOUR);
    const hours = [...new Calendar('Australia/Lord_Howe').spans('hour', at(start), at(end))];
    expect(hours.slice(1, 4).map(({ start: begin }) => iso(begin))).toEqual([
      '2026-04-04T14:00:00.000Z',
      '2026-04-04T15:00:00.000Z',
      '2026-04-04T15:30:00.000Z',
    ]);
    expect(hours.at(-1)?.end).toBe(at(end));
    for (const [index, hour] of hours.entries()) {
      expect(hour.start).toBe(hours[index - 1]?.end ?? at(start));
    }
  });

  test('has no hour that is longer where clocks are put on by thirty minutes', () => {
    expect(span('Australia/Lord_Howe', 'hour', '2026-10-03T15:29:59.999Z')).toEqual([
      '2026-10-03T14:30:00.000Z',
      '2026-10-03T15:30:00.000Z',
    ]);
    expect(span('Australia/Lord_Howe', 'hour', '2026-10-03T15:30:00Z')).toEqual([
      '2026-10-03T15:30:00.000Z',
      '2026-10-03T16:00:00.000Z',
    ]);
  });

  test('begins a week on Monday, as ISO 8601 has it, also over the end of a year', () => {
    expect(span('UTC', 'week', '1970-01-01T00:00:00Z')).toEqual([
      '1969-12-29T00:00:00.000Z',
      '1970-01-05T00:00:00.000Z',
    ]);
    expect(span('Europe/Berlin', 'week', '2027-01-01T12:00:00Z')).toEqual([
      '2026-12-27T23:00:00.000Z',
      '2027-01-03T23:00:00.000Z',
    ]);
    // clocks are moved in it
    expect(span('Europe/Berlin', 'week', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-22T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
  });

  test('begins at whole minutes, also where clocks went by seconds', () => {
    for (const window of WINDOWS) {
      for (const zone of ['Africa/Monrovia', 'Europe/Amsterdam']) {
        const { start, end } = new Calendar(zone).spanOf(window, at('1937-07-01T00:00:30Z'));
        expect([start % 60_000, end % 60_000].map(Math.abs)).toEqual([0, 0]);
      }
    }
  });

  test('has windows in the first centuries, and at the ends of time', () => {
    expect(span('UTC', 'month', '0012-02-29T12:00:00Z')).toEqual([
      '0012-02-01T00:00:00.000Z',
      '0012-03-01T00:00:00.000Z',
    ]);
    for (const window of WINDOWS) {
      for (const [from, to] of [
        [8.64e15 - HOUR, 8.64e15],
        [-8.64e15, -8.64e15 + 1],
      ] as const) {
        const spans = [...new Calendar('Europe/Berlin').spans(window, from, to)];
        expect(spans.length).toBeLessThanOrEqual(60);
      }
    }
  });

  test.each(WINDOWS)('has no gaps between %ss', (window) => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
      const from = at('2026-03-28T00:00:00Z');
      const to =
        from +
        {
          minute: HOUR,
          hour: 72 * HOUR,
          day: 400 * 24 * HOUR,
          week: 400 * 24 * HOUR,
          month: 800 * 24 * HOUR,
        }[window];
      const spans = [...new Calendar(zone).spans(window, from, to)];
      expect(spans[0]?.start).toBeLessThanOrEqual(from);
      expect(spans.at(-1)?.end).toBeGreaterThanOrEqual(to);
      spans.slice(1).forEach(({ start, end }, index) => {
        expect(start).toBe(spans[index]?.end);
        expect(end).toBeGreaterThan(start);
      });
    }
  });

  test('knows time zones from other words', () => {
    expect(['UTC', 'Europe/Berlin', 'Nowhere/Land', 'x'].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
