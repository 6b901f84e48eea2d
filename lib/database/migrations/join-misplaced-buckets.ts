import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { CountWindow } from '../../words/bucket-name.js';
import { Calendar, isTimeZone } from '../../windows/calendar.js';
import { startInsteadOf } from '../../windows/former-starts.js';
import { CounterOverflowError, InvalidArgumentError, quote } from '../../errors.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { findDialect } from '../dialects/find-dialect.js';
import { tablePath } from '../dialects/table-names.js';
import { readOptions } from '../../words/read-options.js';

const MINUTE = 60_000;
const KNOWN: ReadonlySet<keyof MisplacedBucketsOptions> = new Set([
  'namespace',
  'timeZone',
  'dryRun',
]);

/** @publicApi */
export interface MisplacedBucketsOptions {
  /** That of `FastCounterModule.forRoot()`. @default 'default' */
  namespace?: string;
  /** `windows.timeZone` of `FastCounterModule.forRoot()`, which has no default here. */
  timeZone: string;
  /** Only look: nothing is changed. @default false */
  dryRun?: boolean;
}

/** Rows of `fast_counter_bucket` that begin where no window of the time zone begins. @publicApi */
export interface MisplacedBuckets {
  /** Were added to the row of their window and removed; with `dryRun`, would be. So many rows of each start. */
  joined: { window: CountWindow; startsAt: Date; into: Date; rows: number }[];
  /** Stayed as they are: with the row of their window they leave the 64-bit range. */
  refused: {
    name: string;
    window: CountWindow;
    startsAt: Date;
    into: Date;
    error: CounterOverflowError;
  }[];
  /** Stayed as they are: no version wrote them in this time zone, so they are of another one. */
  unknown: { window: CountWindow; startsAt: Date; rows: number }[];
}

/**
 * Joins rows of one window that version 0.1.0 kept apart where clocks are moved: where midnight comes
 * twice, or by thirty minutes. All of it is one transaction, in which no batch is applied; it may be
 * repeated, and finds nothing then. `docs/getting-started.md` says when to call it.
 *
 * @example
 * await joinMisplacedBuckets(runner, { namespace: 'shop', timeZone: 'Atlantic/Azores' });
 * @throws InvalidArgumentError for options that are wrong
 * @publicApi
 */
export async function joinMisplacedBuckets(
  { manager }: QueryRunner | DataSource,
  options: MisplacedBucketsOptions,
): Promise<MisplacedBuckets> {
  const { namespace, timeZone, dryRun } = checked(options);
  return manager.transaction((within) => join(within, namespace, new Calendar(timeZone), dryRun));
}

async function join(
  { dataSource, queryRunner: runner }: EntityManager,
  namespace: string,
  calendar: Calendar,
  dryRun: boolean,
): Promise<MisplacedBuckets> {
  const dialect = findDialect(dataSource);
  const answer: MisplacedBuckets = { joined: [], refused: [], unknown: [] };
  // a new database, on which all migrations run
  if (!(await runner?.hasTable(tablePath(dataSource, CounterBucket)))) return answer;
  const connection = dialect.connectionOver(await runner?.connect(), dataSource);
  if (!dryRun) await dialect.lockLedgers(connection, namespace);
  for (const { window, start, rows } of await dialect.bucketStarts(connection, namespace)) {
    if (calendar.spanOf(window, start).start === start) continue;
    const startsAt = new Date(start);
    const to = start % MINUTE === 0 ? startInsteadOf(calendar, window, start) : undefined;
    if (to === undefined) {
      answer.unknown.push({ window, startsAt, rows });
      continue;
    }
    const move = { window, from: start, to };
    const { joined, tooLarge } = await dialect.joinBuckets(connection, namespace, move, dryRun);
    const into = new Date(to);
    if (joined > 0) answer.joined.push({ window, startsAt, into, rows: joined });
    for (const name of tooLarge) {
      const error = new CounterOverflowError(name);
      answer.refused.push({ name, window, startsAt, into, error });
    }
  }
  return answer;
}

function checked(options: MisplacedBucketsOptions): Required<MisplacedBucketsOptions> {
  type Given = Partial<Record<keyof MisplacedBucketsOptions, unknown>>;
  const given = readOptions<Given>(options, KNOWN, 'joinMisplacedBuckets()');
  const { namespace = 'default', timeZone, dryRun = false } = given;
  if (typeof namespace !== 'string') {
    throw new InvalidArgumentError(`namespace must be a string, not ${quote(namespace)}`);
  }
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    throw new InvalidArgumentError(
      `timeZone must be an IANA time zone such as Europe/Berlin, not ${quote(timeZone)}`,
    );
  }
  if (typeof dryRun !== 'boolean') {
    throw new InvalidArgumentError(`dryRun must be true or false, not ${quote(dryRun)}`);
  }
  return { namespace, timeZone, dryRun };
}
