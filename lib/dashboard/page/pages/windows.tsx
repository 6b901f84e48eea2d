import type { JSX } from 'preact';
import { zoned } from '../format.js';
import { Nothing } from '../parts.js';

export const WINDOWS = [
  ['minute', 'Minute'],
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
  ['month', 'Month'],
] as const;

/** What the most counted and the parts of a name may be asked for. */
export const PERIODS = [...WINDOWS, ['total', 'In total']] as const;

interface PresentProps {
  window: string;
  /** Undefined for totals. */
  span: { start: string; end: string } | undefined;
  timeZone: string;
}

/** From when to when the present window is, in the time zone that has it. */
export function PresentWindow({ window, span, timeZone }: PresentProps): JSX.Element | null {
  if (span === undefined) return null;
  return (
    <p class="note">
      The present {window}: from {zoned(span.start, timeZone)} to {zoned(span.end, timeZone)},{' '}
      {timeZone}.
    </p>
  );
}

export function NothingCounted({ window }: { window: string }): JSX.Element {
  return (
    <Nothing>
      Nothing was counted per {window} here, or no rule of the option windows.counters keeps it.
    </Nothing>
  );
}
