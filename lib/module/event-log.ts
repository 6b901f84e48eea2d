import { quote } from '../errors.js';
import type { CounterEventMap, CounterEvents } from '../events.js';
import { sparing, sparingEach } from '../incidents/sparing.js';
import type { Lines, LogLines } from '../incidents/log-lines.js';
import { CODE_OF_OUTAGE, type ProblemCode } from '../operating/problems.js';
import { printable, reasonOf } from '../words/quote.js';
import { logOutages } from './outage-log.js';

/** An incident comes to light in one partition after the other: events within this time, in milliseconds, are one line. */
const INCIDENT = 60_000;
/** Between two lines of a kind that can come with every call, in milliseconds. */
const QUIET = 10_000;
/** The same for problems that stay until somebody mends them. */
const REMINDER = 600_000;

/** One line for each change of state. */
export function logEvents(events: CounterEvents, lines: LogLines = events.lines): void {
  const logger = (code?: ProblemCode): Lines => lines.of(code);
  /** A line of what comes again and again: one in so many milliseconds, as long as no line has told its end. */
  const once = (code: ProblemCode, level: 'warn' | 'error', quiet: number) =>
    sparing(logger(code)[level], quiet, () => lines.open.has(code));
  logOutages(events, (of) => logger(CODE_OF_OUTAGE[of]));
  const wiped = once('FC-WIPED', 'warn', INCIDENT);
  events.on('redisWiped', ({ partition, ledgerSeq }) =>
    wiped(
      `Redis holds nothing of partition ${partition}, and the database has ${ledgerSeq} batches of it: this Redis is new, ` +
        'or was wiped. Increments that were not persisted by then are lost',
    ),
  );
  const parked = once('FC-PARKED', 'error', INCIDENT);
  events.on('parked', (found) => parked(`${behindText(found)}: ${parkedText(found)}`));
  const foundBehind = sparing((text) => logger().warn(text), INCIDENT);
  events.on('redisWentBack', (found) =>
    foundBehind(`${behindText(found)}. Nothing was pending there, so nothing is put aside`),
  );
  events.on('replayed', ({ parcel, counters }) =>
    logger('FC-PARKED').log(`Counts of ${counters} counters in parcel ${parcel} were replayed`),
  );
  events.on('discarded', ({ parcel, counters }) =>
    logger('FC-PARKED').log(`Counts of ${counters} counters in parcel ${parcel} were discarded`),
  );
  const wentBack = once('FC-DATABASE-BEHIND', 'error', INCIDENT);
  events.on('databaseWentBack', ({ partition, seq, missing }) =>
    wentBack(
      `The database does not have the last ${missing} batches of partition ${partition}, up to batch ${seq}: ` +
        'it lost them, or was restored to an older state. Cached values of this partition were dropped',
    ),
  );
  const changed = once('FC-ROWS-CHANGED', 'warn', INCIDENT);
  events.on('rowsChanged', ({ partition, counters }) =>
    changed(
      `Rows of ${counters.length} counters of partition ${partition} held values that this module had not written: ` +
        `somebody changed or restored these rows. They now hold the values that were set: ${counters.slice(0, 5).map(quote).join(', ')}`,
    ),
  );
  const overflow = once('FC-OVERFLOWED', 'error', INCIDENT);
  events.on('overflow', ({ partition, counters }) =>
    overflow(
      `${counters.length} counters of partition ${partition} would leave the 64-bit range; their ` +
        `increments are put aside: ${counters.slice(0, 5).map(quote).join(', ')}`,
    ),
  );
  events.on('embeddedOverlap', ({ others, certain }) =>
    logger('FC-EMBEDDED-OVERLAP').warn(
      (certain
        ? `Other processes that count in this namespace on the same database: ${others}. `
        : `Other processes that counted in this namespace on the same database within the last minute: ${others}. ` +
          'They still run, or ended just now. ') +
        'This process counts embedded, which is for one process: totals leave out the pending counts of the others, ' +
        'and quotas hold for each process alone. Stop the others, or use Redis',
    ),
  );
  const paused = once('FC-QUEUES-PAUSED', 'warn', INCIDENT);
  events.on('queuePaused', ({ partition, jobs }) =>
    paused(
      `The queue of partition ${partition} is paused, and ${jobs} jobs wait in it: counts reach the ` +
        'database some seconds late until somebody resumes it',
    ),
  );
  events.on('noWorkers', ({ milliseconds, counters }) =>
    logger('FC-NO-WORKERS').error(
      `No process with workers was seen for ${Math.round(milliseconds / 1000)} s: increments of ${counters} counters ` +
        'wait in Redis until one is started',
    ),
  );
  events.on('workersBack', ({ milliseconds }) =>
    logger('FC-NO-WORKERS').end(
      `A process with workers was seen again after ${Math.round(milliseconds / 1000)} s, or nothing waits for one any more`,
    ),
  );
  const refused = once('FC-REFUSED-ROWS', 'error', REMINDER);
  events.on('refused', ({ partition, counters, error }) =>
    refused(
      `The database refuses the rows of ${counters.length} counters of partition ${partition}; their ` +
        `increments are put aside: ${counters.slice(0, 5).map(quote).join(', ')}. ${printable(error)}`,
    ),
  );
  const staying = sparing((text) => logger().warn(text), REMINDER);
  events.on('removalRefused', ({ partition, counters, error }) =>
    staying(
      `The database refuses to remove the rows of ${counters.length} counters of partition ${partition}, so they stay, and ` +
        `nothing is put aside: ${counters.slice(0, 5).map(quote).join(', ')}. ${printable(error)}`,
    ),
  );
  const missing = sparingEach((text) => logger().warn(text), REMINDER);
  events.on('columnMissed', ({ column, counters }) =>
    missing(
      column,
      `Counts of ${counters.length} counters are not in ${column}, as there is no such row: ` +
        counters.slice(0, 5).map(quote).join(', '),
    ),
  );
  const kept = sparingEach((text) => logger('FC-COLUMNS').error(text), REMINDER);
  events.on('columnRefused', ({ column, counters, error }) =>
    kept(
      column,
      `Counts of ${counters.length} counters are not in ${column}, as the table refuses them: ` +
        `${counters.slice(0, 5).map(quote).join(', ')}. ${printable(error)}`,
    ),
  );
  const left = once('FC-OUTBOX', 'error', REMINDER);
  events.on('outboxRefused', ({ rows, reason }) =>
    left(
      `${rows} increments of committed transactions are not counted, and wait in fast_counter_outbox: ${printable(reason)}`,
    ),
  );
  const late = sparingEach((text) => logger().warn(text), REMINDER);
  events.on('lateCounts', ({ name, window, start, counters, carriedTo }) =>
    late(
      name,
      `Counts of ${counters} parts of ${quote(name)} came after the ${window} from ${start.toISOString()} on was closed: they ` +
        (carriedTo === undefined
          ? 'are in its total alone (option windows.late); MeteringService.late() lists them'
          : `count in the ${window} from ${carriedTo.toISOString()} on`),
    ),
  );
  const slow = once('FC-SLOW-BATCHES', 'warn', REMINDER);
  events.on('slowBatch', ({ partition, counters, error }) =>
    slow(
      `A batch of ${counters} counters of partition ${partition} took longer than the database lets a statement run, and ` +
        `was added in smaller statements: ${printable(error)}. Raise statement_timeout for this role, or make the triggers ` +
        'of the tables faster',
    ),
  );
  const full = once('FC-BACKPRESSURE', 'warn', INCIDENT);
  events.on('backpressure', ({ limit }) =>
    full(
      `All ${limit} places of the buffer are taken (option maxBufferedNames): increments are refused`,
    ),
  );
  const limited = sparingEach((text) => logger('FC-NEW-COUNTERS').warn(text), INCIDENT);
  events.on('newCounterLimit', ({ prefix, limit, interval, overflow }) =>
    limited(
      prefix,
      `More than ${limit} new counters with prefix ${quote(prefix)} came within ${interval} ms (option newCounterLimits): ` +
        `increments of other new ones count for ${quote(overflow)}`,
    ),
  );
  events.on('misconfigured', (event) => logger('FC-MISCONFIGURED').error(printable(event.message)));
  const lost = once('FC-LOST-WRITES', 'error', INCIDENT);
  events.on('redisLostWrites', ({ partition }) =>
    lost(
      `Redis lost increments of partition ${partition} that it had acknowledged to this process`,
    ),
  );
  const unknown = sparing((text) => logger().warn(text), QUIET);
  events.on('outcomeUnknown', ({ operations, reason }) =>
    unknown(
      `Increments of ${operations} counters rejected with OutcomeUnknownError, as they may or may not be counted: ${reason}`,
    ),
  );
  const rejected = sparing((text) => logger().warn(text), QUIET);
  events.on('rejected', ({ error }) => rejected(`A call was rejected: ${reasonOf(error)}`));
}

type Found = CounterEventMap['parked'][0];

function behindText({ partition, ledgerSeq, otherRedis, ledgerRemoved }: Found): string {
  if (otherRedis !== undefined) {
    return `Another Redis, ${quote(otherRedis)}, counted partition ${partition} up to batch ${ledgerSeq}`;
  }
  return ledgerRemoved
    ? `The ledger row of this process for partition ${partition} was removed from the database`
    : `Redis went back in time in partition ${partition}, behind batch ${ledgerSeq}`;
}

const parkedText = ({ otherRedis }: Found): string =>
  otherRedis === undefined
    ? 'its pending increments are parked, as the database may have them already'
    : 'the pending increments of this Redis are parked. The database does not have them; of an open batch it may';
