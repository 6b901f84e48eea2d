/** How values are written, in the language of the browser. */

const numbers = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const few = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** A count: exact, however large. */
export const count = (value: string | number | bigint): string => numbers.format(BigInt(value));

/** The class of a cell with such a text: on a phone, a long number has several lines. */
export const numberClass = (text: string): string => (text.length > 13 ? 'number long' : 'number');

/** A count in a few characters, for axes. */
export const brief = (value: number): string => short.format(value);

/** How many of something there are. */
export const many = (value: string | number | bigint, one: string, more = `${one}s`): string =>
  `${count(value)} ${BigInt(value) === 1n ? one : more}`;

/** A rate. */
export const rate = (value: number): string =>
  value >= 100 ? numbers.format(Math.round(value)) : few.format(value);

/** A share of a whole, in percent. */
export function share(part: string, whole: string): string {
  const all = Number(whole);
  return all === 0 ? '–' : `${few.format((Number(part) / all) * 100)} %`;
}

const SPANS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A span of time, in its largest unit. */
export function span(milliseconds: number): string {
  const [length, unit] = SPANS.find(([it]) => Math.abs(milliseconds) >= it) ?? [1, 'ms'];
  return `${numbers.format(Math.round(milliseconds / length))} ${unit}`;
}

/** How long ago something was. */
export function ago(instant: string, now: number): string {
  const age = now - Date.parse(instant);
  return age < 1_000 ? 'just now' : `${span(age)} ago`;
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** In the time zone of whoever looks. */
export const moment = (instant: string): string => clock.format(new Date(instant));

const FORMATS: Record<string, Intl.DateTimeFormatOptions> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  hour: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  day: { month: 'short', day: 'numeric' },
  week: { month: 'short', day: 'numeric' },
  month: { month: 'short', year: 'numeric' },
};

/** The beginning of a window, in the time zone of the windows. */
export const windowStart = (window: string, timeZone: string): ((start: string) => string) => {
  const format = new Intl.DateTimeFormat(undefined, { ...FORMATS[window], timeZone });
  return (start) => format.format(new Date(start));
};

const withZone: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

export const zoned = (instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat(undefined, { ...withZone, timeZone }).format(new Date(instant));

/** The sum of the last values, per second. */
export function mean(values: readonly number[], seconds = 10): number {
  const last = values.slice(-seconds);
  return last.length === 0 ? 0 : last.reduce((sum, it) => sum + it, 0) / last.length;
}
