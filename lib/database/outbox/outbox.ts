import type { EntityManager, QueryRunner } from 'typeorm';
import type { CountWindow } from '../../words/bucket-name.js';
import type { Int64String } from '../../words/int64.js';

/**
 * A transaction of the application: the `EntityManager` that `dataSource.transaction()` gives, or that of a `QueryRunner` whose
 * transaction was started; or the `QueryRunner`.
 *
 * @publicApi
 */
export type CountingTransaction = EntityManager | QueryRunner;

/** One increment of a transaction. */
export interface OutboxRow {
  /** Ids sort in the order in which the increments were made, by the clocks of their processes. */
  id: string;
  /** The counter. */
  name: string;
  /** How much it adds. */
  delta: Int64String;
  /** Those that the increment names. */
  windows: readonly CountWindow[];
  /** Milliseconds; absent for that of the module. */
  updateInterval?: number | undefined;
  /** When it was made: it counts in the windows of this moment. */
  madeAt: number;
  /** Of what was taken from the row of another counter: it counts in the total alone or, with the suffix of a bucket, in that bucket alone. */
  moved?: { suffix?: string | undefined } | undefined;
  /** Of an import: the suffixes of the buckets that it counts in, beside the total. */
  past?: { suffixes: readonly string[] } | undefined;
}

/** A row that is being counted. */
export interface TakenRow extends OutboxRow {
  /** Milliseconds since a process first took it, by the clock of the database. */
  takenFor: number;
  /** Where that process counts. */
  takenBy: string;
  /** Whether it was taken before this call. */
  takenBefore: boolean;
}

/** A row that is not counted, and waits for an operator. */
export interface RefusedRow extends Omit<OutboxRow, 'updateInterval'> {
  /** Why. */
  reason: string;
}

/** What waits. */
export interface OutboxState {
  /** Rows that wait to be counted, at most 10,000: more are not looked at. */
  waiting: number;
  /** When the oldest of them was made; absent where none waits. */
  oldest?: Date | undefined;
  /** Rows that are not counted, and wait for an operator, at most 10,000. */
  refused: number;
}

/**
 * Increments that were made in transactions of the application. Each method but `add()` is one transaction by itself, and may be
 * repeated. It throws as the methods of `CounterStore` do.
 */
export interface Outbox {
  /** Whether the table is there: it comes with version 2 of the schema. */
  exists(): Promise<boolean>;
  /**
   * Writes rows as part of a transaction of the application. Throws `InvalidArgumentError` where that is not one of the data source of
   * the counters, or is not open. Answers a function that tells whether the transaction may still be open.
   */
  add(transaction: CountingTransaction, rows: readonly OutboxRow[]): Promise<() => boolean>;
  /**
   * Marks rows that are committed and not refused as being counted by a process that counts each of them at `by`, and answers them, the
   * oldest first: those of these ids, or else the oldest ones of all. Rows that were taken before keep when and where. Rows that
   * another process is taking at the moment are left out.
   */
  take(
    which: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): Promise<TakenRow[]>;
  /** Removes rows that were counted. This list, as that of each method, may be empty. */
  remove(ids: readonly string[]): Promise<void>;
  /** Leaves rows for an operator, with the reason. */
  refuse(ids: readonly string[], reason: string): Promise<void>;
  /** Rows that wait for an operator, in the order of their ids: a page behind an id. */
  refused(after: string | undefined, limit: number): Promise<RefusedRow[]>;
  /** Has rows counted that wait for an operator, as if nobody had taken them. Answers how many of these did wait. */
  release(ids: readonly string[]): Promise<number>;
  /** Removes rows that wait for an operator, and no other ones. Answers how many of these did wait. */
  discard(ids: readonly string[]): Promise<number>;
  /** The id of the row that was made last; undefined where there is none. */
  last(): Promise<string | undefined>;
  /** What waits to be counted, and what waits for an operator. */
  state(): Promise<OutboxState>;
}

/** Most rows that `state()` looks at. */
export const MOST_LOOKED_AT = 10_000;

/** The interval of a row that names none. */
export const NO_INTERVAL = -1;

/** How the windows of a row begin that was moved, or imported. */
export const MOVED = '=';
export const PAST = '@';

type Windows = Pick<OutboxRow, 'windows' | 'moved' | 'past'>;

/** `-`: a list with an empty text is not told from an empty list everywhere. */
export function windowsText({ windows, moved, past }: Windows): string {
  if (past !== undefined) return `${PAST}${past.suffixes.join()}`;
  if (moved !== undefined) return `${MOVED}${moved.suffix ?? ''}`;
  return windows.length === 0 ? '-' : windows.join();
}

export function parseWindows(text: string): Windows {
  if (text.startsWith(PAST)) {
    const suffixes = text.slice(PAST.length).split(',');
    return { windows: [], past: { suffixes: suffixes.filter((suffix) => suffix !== '') } };
  }
  if (!text.startsWith(MOVED)) {
    return { windows: text === '-' ? [] : (text.split(',') as CountWindow[]) };
  }
  return { windows: [], moved: { suffix: text.slice(MOVED.length) || undefined } };
}
