import { describe, expect, test } from 'vitest';
import type { CountWindow } from '../../../lib/cache/bucket-name.js';
import { Calendar, isTimeZone } from '../../../lib/counting/calendar.js';

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

  test.each<CountWindow>(['minute', 'hour', 'day', 'month'])(
    'has no gaps between %ss',
    (window) => {
      for (const zone of ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
        const from = at('2026-03-28T00:00:00Z');
        const to =
          from +
          { minute: HOUR, hour: 72 * HOUR, day: 400 * 24 * HOUR, month: 800 * 24 * HOUR }[window];
        const spans = [...new Calendar(zone).spans(window, from, to)];
        expect(spans[0]?.start).toBeLessThanOrEqual(from);
        expect(spans.at(-1)?.end).toBeGreaterThanOrEqual(to);
        spans.slice(1).forEach(({ start, end }, index) => {
          expect(start).toBe(spans[index]?.end);
          expect(end).toBeGreaterThan(start);
        });
      }
    },
  );

  test('knows time zones from other words', () => {
    expect(['UTC', 'Europe/Berlin', 'Nowhere/Land', 'x'].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
