import { InvalidArgumentError } from '../../errors.js';
import type { Calendar, Span } from '../../windows/calendar.js';
import { kindOf } from '../../windows/own-spans.js';
import type { BucketWindow, CountWindow } from '../../words/bucket-name.js';

export interface Keeping {
  calendar: Calendar;
  /** Milliseconds for which windows are kept from their end on; 0 for ever. */
  retention: Readonly<Record<CountWindow, number>>;
}

/** The window that a time is in. Throws where it has not begun, or is no longer kept. */
export function keptWindow(
  window: CountWindow,
  at: number,
  { calendar, retention }: Keeping,
): Span {
  const span = calendar.find(window, at);
  expectKept(window, span, retention);
  return span;
}

/** Throws where a window has not begun, or is no longer kept. */
export function expectKept(
  window: BucketWindow,
  { start, end }: Span,
  retention: Keeping['retention'],
  now = Date.now(),
): void {
  const kind = kindOf(window);
  const wrong = (what: string): InvalidArgumentError =>
    new InvalidArgumentError(
      `at must be in a ${kind} that ${what}, and not in that of ${new Date(start).toISOString()}`,
    );
  if (start > now) throw wrong('has begun');
  if (retention[kind] > 0 && end + retention[kind] <= now) {
    throw wrong(`is still kept (option windows.retention.${kind})`);
  }
}
