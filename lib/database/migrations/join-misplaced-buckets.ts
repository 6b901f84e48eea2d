import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { type CountWindow, isOwn } from '../../words/bucket-name.js';
import { Calendar, isTimeZone } from '../../windows/calendar.js';
import { startInsteadOf } from '../../windows/former-starts.js';
import { CounterOverflowError, InvalidArgumentError, quote } from '../../errors.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { dataSourceOf } from '../dialects/data-source-of.js';
import { findMigrationDialect } from '../dialects/find-dialect.js';
import { tablePath } from '../dialects/table-names.js';
import { readOptions } from '../../words/read-options.js';

const MINUTE = 60_000;
const KNOWN: ReadonlySet<keyof MisplacedBucketsOptions> = new Set([
  'namespace',
  'timeZone',
  'dryRun',
]);

/** Options of `joinMisplacedBuckets()`. @publicApi */
export interface MisplacedBucketsOptions {
  /** The option `namespace` of `FastCounterModule.forRoot()`. @default 'default' */
  namespace?: string;
  /** The option `windows.timeZone` of `FastCounterModule.forRoot()`. It has no default here. */
  timeZone: string;
  /** Whether to change nothing, and only answer what would be changed. @default false */
  dryRun?: boolean;
}

/** Rows of `fast_counter_bucket` that begin at a time at which no window of the time zone begins. @publicApi */
export interface MisplacedBuckets {
  /**
   * How many rows of each start were added to the row `into` of their window, and removed; with `dryRun`, would be.
   */
  joined: { window: CountWindow; startsAt: Date; into: Date; rows: number }[];
  /** Rows that stay as they are: added to the row of their window, they would leave the signed 64-bit range. */
  refused: {
    name: string;
    window: CountWindow;
    startsAt: Date;
    into: Date;
    error: CounterOverflowError;
  }[];
  /** Rows that stay as they are: no version of this package wrote them in this time zone, so they are of another zone. */
  unknown: { window: CountWindow; startsAt: Date; rows: number }[];
}

/**
 * Joins rows of one window that version 0.1.0 wrote apart, in time zones where midnight comes twice a day or clocks are moved
 * by thirty minutes. All of that is one transaction, in which no batch is applied. Called again, it finds nothing to join.
 * `docs/getting-started.md` says when to call it.
 *
 * @throws InvalidArgumentError an option is wrong
 * @example
 * await joinMisplacedBuckets(runner, { namespace: 'shop', timeZone: 'Atlantic/Azores' });
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
  manager: EntityManager,
  namespace: string,
  calendar: Calendar,
  dryRun: boolean,
): Promise<MisplacedBuckets> {
  const dataSource = dataSourceOf(manager);
  const { queryRunner: runner } = manager;
  const dialect = findMigrationDialect(dataSource);
  const answer: MisplacedBuckets = { joined: [], refused: [], unknown: [] };
  // a new database, on which all migrations run
  if (!(await runner?.hasTable(tablePath(dataSource, CounterBucket)))) return answer;
  const connection = dialect.connectionOver(await runner?.connect(), dataSource);
  if (!dryRun) await dialect.lockLedgers(connection, namespace);
  for (const { window, start, rows } of await dialect.bucketStarts(connection, namespace)) {
    // version 0.1.0 had none, and they begin at dates
    if (isOwn(window)) continue;
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
