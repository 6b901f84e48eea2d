import type { BucketWindow } from '../words/bucket-name.js';
import type { Total } from '../words/int64.js';

/** One counter, as the database has it. */
export interface CounterRow {
  /** The counter. */
  name: string;
  /** The persisted value. */
  value: bigint;
  /** When the row was made, by the clock of the database. */
  createdAt: Date;
  /** When a batch last changed the row, by the clock of the database. */
  updatedAt: Date;
}

/** Which page of counters to read. */
export interface RowQuery {
  /** Only counters whose name begins with this; absent for all. */
  prefix?: string;
  /** Names are compared byte for byte, in UTF-8. Rows of the same value are in the order of their names, in the same direction. */
  order: 'name' | 'value';
  /** Whether the lowest comes first, or the highest. */
  direction: 'asc' | 'desc';
  /** Counters on the page at most. */
  limit: number;
  /** The last row of the page before, which may be gone by now; absent for the first page. */
  after?: { name: string; value: bigint };
}

/** Which counters counted the most in some windows that follow one another. */
export interface TopQuery {
  /** The kind of windows. */
  window: BucketWindow;
  /** When the first of these windows begins: milliseconds since 1970. */
  first: number;
  /** When the last of them begins. */
  last: number;
  /** Only counters whose name begins with this. */
  prefix: string;
  /** Only those that counted at most this; absent for all. */
  atMost?: bigint | undefined;
  /** Counters that are answered at most. */
  limit: number;
}

/** Which page of counters to read by name, and of which time. */
export interface PartsQuery {
  /** Only counters whose name begins with this. */
  prefix: string;
  /** Only names that consist of these texts, in this order, with anything between each two; absent for all with the prefix. */
  pieces?: readonly string[] | undefined;
  /** Windows that follow one another, by when the first and the last of them begin; absent for totals. */
  windows?: PartsWindows | undefined;
  /** The last counter of the page before; absent for the first page. */
  after?: string | undefined;
  /** Counters on the page at most. */
  limit: number;
  /** Whose ledgers are read with them. */
  partitions: readonly number[];
}

/** Windows of parts, by when they begin. */
export interface PartsWindows {
  /** The kind of windows. */
  window: BucketWindow;
  /** When the first of them begins: milliseconds since 1970. */
  first: number;
  /** When the last of them begins. */
  last: number;
  /** Those of them that are closed: whether their numbers are asked for alone, or left out. Absent: what rows hold, of all. */
  closed?: { only: true; except?: readonly number[] } | { except: readonly number[] };
}

/** A page of counters and ledgers, of one moment. */
export interface PartsPage {
  /** In the order of names, byte for byte. */
  rows: PartRow[];
  /** Seq of the last batch that was applied, by partition asked for; 0 before the first. */
  ledgers: ReadonlyMap<number, number>;
}

/** What a part counted. */
export interface PartRow {
  /** The counter. */
  name: string;
  /** What it counted. */
  value: Total;
}

/** Which buckets to name. */
export interface BucketQuery {
  /** Those of these counters, at most 500; or of all counters whose name begins with a prefix. */
  of: readonly string[] | { prefix: string };
  /** The last bucket of the page before, by name; absent for the first page. */
  after?: string | undefined;
  /** Buckets on the page at most. */
  limit: number;
}

/** What a counter counted in some windows. */
export interface TopRow {
  /** The counter. */
  name: string;
  /** What it counted. */
  value: bigint;
}

/** A step through the names of all counters that have a row, or a bucket with a row, in their order, byte for byte. */
export interface NamesQuery {
  /** Of which rows. */
  of: 'counters' | 'buckets';
  /** Only names that begin with this. */
  prefix: string;
  /** Of these, only names that consist of these texts, in this order, with anything between each two. */
  pieces: readonly string[];
  /** Where the step before ended; absent for the first step. */
  after?: string | undefined;
  /** Rows with the prefix that the step looks at, at most: so it takes the same time, however many rows there are. */
  limit: number;
}

/** What a step found. */
export interface NamesStep {
  /** Counters, each once. */
  names: string[];
  /** Where it ended; absent after the last step. */
  next?: string;
}
