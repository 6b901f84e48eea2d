import type {
  CounterStatus,
  PartitionStatus,
  PersistingStatus,
} from '../../operating/status/status.types.js';
import type { Verdict } from '../../operating/verdict.js';

/** What the page reads, as the server makes it: dates and counts become text on the way. */

/** As JSON has it. */
export type Wire<Value> = Value extends Date | bigint
  ? string
  : Value extends readonly (infer Item)[]
    ? Wire<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: Wire<Value[Key]> }
      : Value;

/** The last answer of a time when Redis and the database answered. */
export interface LastKnown {
  at: Date;
  partitions: PartitionStatus[];
  persisting: PersistingStatus;
}

export interface Overview {
  at: Date;
  verdict: Verdict;
  access: 'read' | 'operate';
  namespace: string;
  module?: string | undefined;
  version: string;
  timeZone: string;
  process: { host: string; pid: number; startedAt: Date };
  /** Per second, over the last minute, the oldest first. */
  rates: { acknowledged: number[]; refused: number[] };
  /** Whether counts wait in the memory of the process that answers, and there is no Redis. */
  isEmbedded: boolean;
  /** Whether there are quotas to show. */
  quotas: number;
  status: CounterStatus;
  lastKnown?: LastKnown | undefined;
}

export interface CounterRow {
  name: string;
  /** Absent where it cannot be read. */
  total?: bigint | undefined;
  persisted: bigint;
  updatedAt: Date;
}

export interface CounterPage {
  rows: CounterRow[];
  /** Why totals are missing. */
  error?: string | undefined;
  /** Whether there are more behind the last one. */
  more: boolean;
}

export interface Ranked {
  name: string;
  /** The values of `groupBy`, where parts of a name are ranked. */
  dimensions: Record<string, string>;
  value: bigint;
}

export interface TopPage {
  rows: Ranked[];
  /** When the window began and ends; absent for totals. */
  window?: { start: Date; end: Date } | undefined;
}

export interface OneCounter {
  name: string;
  total?: bigint | undefined;
  /** Absent where there is no row. */
  persisted?: bigint | undefined;
  createdAt?: Date | undefined;
  updatedAt?: Date | undefined;
  /** Name and dimensions, where it is part of a metered name. */
  metered?: { name: string; dimensions: Record<string, string> } | undefined;
  /** What could not be read. */
  error?: string | undefined;
}

export interface SeriesAnswer {
  timeZone: string;
  /** Whether any of the windows is kept. */
  kept: boolean;
  points: { start: Date; end: Date; value: bigint; kept: boolean; running: boolean }[];
}

export interface Breakdown extends TopPage {
  total: bigint;
}

export interface QuotaGroup {
  name: string;
  /** 'month', say; absent for the total. */
  window?: string | undefined;
  groupBy: string[];
  rows: QuotaRow[];
  error?: string | undefined;
}

export interface QuotaRow {
  dimensions: Record<string, string>;
  used: bigint;
  /** Absent where there is no limit. */
  limit?: bigint | undefined;
  over: bigint;
  resetsAt?: Date | undefined;
}

export interface ParcelSummary {
  id: string;
  /** A name of it that can be typed. */
  short: string;
  partition: number;
  entries: number;
}

export interface Incident {
  reason: 'rewind' | 'overflow' | 'refused';
  parkedAt?: Date | undefined;
  /** The last error of the database. */
  error?: string | undefined;
  entries: number;
  parcels: ParcelSummary[];
}

export type Hint = 'likely not counted' | 'not counted' | 'unknown';

/** What is parked of one counter. */
export interface ParkedCounter {
  name: string;
  /** Of the total. */
  delta: bigint;
  entries: number;
  windows: { window: string; start: Date; delta: bigint }[];
  /** Entries of `set()`, `delete()` and the like, which a replay leaves. */
  replaced: number;
  /** The row of the counter; null where there is none, absent where the database does not answer. */
  row?: { value: bigint; updatedAt: Date } | null | undefined;
  hint: Hint;
}

export interface ParcelAnswer {
  id: string;
  /** Absent where the parcel is not there any more. */
  short?: string | undefined;
  counters: ParkedCounter[];
  entries: number;
  /** The sum of the deltas of totals. */
  sum: bigint;
  /** Whether there are more entries than are shown. */
  more: boolean;
  /** How many entries were looked at, where the parcel has more of them. */
  looked?: number | undefined;
  /** Why rows are missing. */
  error?: string | undefined;
}

/** What a write did, or would do. */
export interface ParkedWrite {
  dryRun: boolean;
  entries: number;
  counters: number;
  sum: bigint;
  /** Counters whose entries stay, as they would leave the 64-bit range. */
  refused: string[];
  /** Of a replay: counters with entries of `set()`, `delete()` and the like, which stay, and are not among the entries. */
  toRepeat: string[];
  /** Of a dry run: names what was seen, for the write that is to follow. */
  seen?: string | undefined;
  /** Of a write: entries that stay, or are gone, as they changed while it ran. */
  changed?: number | undefined;
}

export interface ToldEvent {
  name: string;
  kind: 'good' | 'bad' | 'note';
  at: Date;
  /** When it came last, where it came several times. */
  last: Date;
  times: number;
  details: (readonly [string, string])[];
}

export interface EventsAnswer {
  process: { host: string; pid: number; startedAt: Date };
  events: ToldEvent[];
}

export interface ErrorAnswer {
  error: { code: string; message: string };
}
