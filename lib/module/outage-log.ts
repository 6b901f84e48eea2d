import type { CounterEvents } from '../events.js';
import type { Lines } from '../incidents/log-lines.js';
import type { OperationClass } from '../incidents/outages.js';
import { reasonOf } from '../words/quote.js';

/** Between two outages of a class that are told, in milliseconds. */
const INCIDENT = 60_000;

interface Told {
  /** When the last line of a beginning was written. */
  last: number;
  /** Outages that began and ended without a line since. */
  heldBack: number;
  /** Writes the beginning of the outage that lasts, if it lasts until then. */
  later?: NodeJS.Timeout;
}

/**
 * A line at the beginning of an outage, every five minutes, and at its end. A connection that is cut again and again makes many
 * outages of milliseconds: one that follows within a minute is told when the minute is over, if it still lasts.
 */
export function logOutages(
  events: CounterEvents,
  logOf: (of: OperationClass) => Pick<Lines, 'warn' | 'end'>,
): void {
  const classes = new Map<OperationClass, Told>();
  const linesOf = (of: OperationClass): Told => {
    let lines = classes.get(of);
    if (lines === undefined) classes.set(of, (lines = { last: -Infinity, heldBack: 0 }));
    return lines;
  };
  events.on('outage', ({ of, error }) => {
    const lines = linesOf(of);
    const begin = (): void => {
      const before = lines.heldBack === 0 ? '' : ` (and ${lines.heldBack} more before)`;
      lines.later = undefined;
      lines.heldBack = 0;
      lines.last = performance.now();
      logOf(of).warn(`${FAILING[of]} fails: ${reasonOf(error)}; ${MEANWHILE[of]}${before}`);
    };
    const rest = lines.last + INCIDENT - performance.now();
    if (rest <= 0) {
      begin();
      return;
    }
    clearTimeout(lines.later);
    // an application that has shut down has no listeners any more
    const inTime = (): void => (events.listenerCount('outage') > 0 ? begin() : undefined);
    lines.later = setTimeout(inTime, rest).unref();
  });
  events.on('outageLasts', ({ of, milliseconds, error }) =>
    logOf(of).warn(
      `${FAILING[of]} has failed for ${Math.round(milliseconds / 60_000)} min: ${reasonOf(error)}; ${MEANWHILE[of]}`,
    ),
  );
  events.on('recovery', ({ of, milliseconds }) => {
    const lines = linesOf(of);
    if (lines.later !== undefined) {
      clearTimeout(lines.later);
      lines.later = undefined;
      lines.heldBack++;
      return;
    }
    logOf(of).end(
      `${FAILING[of]} works again, ${Math.round(milliseconds / 1000)} s after the first failure`,
    );
  });
}

const FAILING: Record<OperationClass, string> = {
  write: 'Sending increments',
  read: 'Reading totals',
  persist: 'Persisting counts',
  queue: 'Work of the queues',
};
const MEANWHILE: Record<OperationClass, string> = {
  write: 'they wait in the memory of this process meanwhile',
  read: 'reads that need this server reject meanwhile',
  persist: 'they stay pending meanwhile',
  queue: 'the sweeper alone persists counts meanwhile, some seconds late',
};
