import { DateTime } from 'luxon';
import { Refusal } from '../refusal.js';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** `3 s`, `5 min`, `2 h`, `4 d`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

export const ago = (moment: Date, now = Date.now()): string =>
  `${duration(now - moment.getTime())} ago`;

/** A date of the ISO, in the time zone where it names none, or how long ago: `7d`. Undefined for none. */
export function moment(option: string, given: unknown, zone: string): Date | undefined {
  if (typeof given !== 'string') return undefined;
  const [, count = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(given) ?? [];
  const milliseconds = UNITS[unit];
  if (milliseconds !== undefined) return new Date(Date.now() - Number(count) * milliseconds);
  const read = DateTime.fromISO(given, { zone });
  if (read.isValid) return read.toJSDate();
  throw new Refusal(
    `--${option} must be a date such as 2026-11-28 or 2026-11-28T10:00Z, or how long ago, such as 7d, not ${JSON.stringify(given)}`,
  );
}

/** The beginning of a window, in the time zone of the windows. */
export const windowStart = (start: Date, window: string, zone: string): string =>
  DateTime.fromJSDate(start, { zone }).toFormat(
    window === 'minute' || window === 'hour' ? 'yyyy-MM-dd HH:mm' : 'yyyy-MM-dd',
  );
