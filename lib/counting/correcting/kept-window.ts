import { InvalidArgumentError } from '../../errors.js';
import type { Calendar, Span } from '../../windows/calendar.js';
import type { CountWindow } from '../../words/bucket-name.js';

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
  now = Date.now(),
): Span {
  const span = calendar.find(window, at);
  const wrong = (what: string): InvalidArgumentError =>
    new InvalidArgumentError(
      `at must be in a ${window} that ${what}, and not in that of ${new Date(span.start).toISOString()}`,
    );
  if (span.start > now) throw wrong('has begun');
  if (retention[window] > 0 && span.end + retention[window] <= now) {
    throw wrong(`is still kept (option windows.retention.${window})`);
  }
  return span;
}
