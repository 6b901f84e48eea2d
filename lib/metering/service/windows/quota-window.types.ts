import type { CountWindow } from '../../../words/bucket-name.js';

/** The time zone of a window. @publicApi */
export interface OwnZone {
  /** An IANA time zone, such as `Europe/Berlin`. @default the option `windows.timeZone` of the module */
  timeZone?: string | undefined;
}

/** When a month begins, and in which time zone. @publicApi */
export interface OwnMonth extends OwnZone {
  /**
   * The day on which months begin, 1 to 31, such as the day on which a tenant subscribed. Where a month is shorter, it begins on its last
   * day, and the next one on the anchor again.
   *
   * @default 1
   */
  anchor?: number | undefined;
}

/**
 * A window with a time zone, or a first day, of its own: that of a tenant. It is counted apart from `'day'`, `'week'` and
 * `'month'`, by the date with which it begins.
 *
 * @example
 * const window = { month: { anchor: 17, timeZone: 'Europe/Berlin' } };
 * @publicApi
 */
export type OwnWindow = { day: OwnZone } | { week: OwnZone } | { month: OwnMonth };

/** What the limit of a quota holds for. @publicApi */
export type QuotaWindow = CountWindow | OwnWindow;
