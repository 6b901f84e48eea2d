import type { FastCounterOptions } from '../../../lib/index.js';

/** What a counting process is started with. */
export interface ProcessConfiguration extends FastCounterOptions {
  databaseUrl: string;
  /** Further options of the data source. */
  database?: { poolSize?: number; retryAttempts?: number; retryDelay?: number };
  /**
   * Whether it answers HTTP, to POST awaited/:name, forgotten/:name, alive, and mostlyWide and
   * mostlyNarrow, which take from two quotas; and what becomes of requests under way when it shuts down.
   */
  http?: 'graceful' | 'forced';
  tally?: TallyAddress;
  /** The library that talks to Redis; iovalkey through a cache of the user. Default: node-redis. */
  client?: 'node-redis' | 'iovalkey';
  /** Counters that a table `viewed` of the application also gets, in its column `views`: as `counter:{id}`. */
  viewed?: string;
  /** Whether it notes each batch in a table `outbox` of the application, by the option `onPersisted`. */
  outbox?: boolean;
  /** What the process does to itself. */
  signalAt?: SignalAt;
  /** By so many milliseconds its clock is ahead. */
  clock?: number;
  /** Milliseconds between two looks for processes with workers, and until they are missed; not those of the package. */
  missing?: { interval: number; patience: number };
}

/** The n-th time that a process passes a point of the protocol, it sends itself a signal. */
export interface SignalAt {
  point: Point;
  /** Default: SIGKILL. */
  signal?: 'SIGKILL' | 'SIGSTOP';
  /** Default: the first. */
  time?: number;
}

/** Steps are over when their answer is here. */
export type Point =
  | 'before add'
  | 'after add'
  | 'before enqueue'
  | 'after enqueue'
  | 'after claim'
  | 'before commit'
  | 'after commit'
  | 'before acknowledge'
  | 'after acknowledge'
  /** A row of the outbox was counted, and is still there. */
  | 'before outbox removal'
  /** The fence is in Redis, the transaction that writes it to the ledger is open. */
  | 'after seed';

/** A hash for each kind of thing that is counted, with counters as fields. */
export interface TallyAddress {
  url: string;
  key: string;
}

/** What became of increments. */
export interface Outcomes {
  acknowledged: number;
  /** How many, by error code. */
  failed: Record<string, number>;
}

export interface LoadOutcomes extends Outcomes {
  rounds: number;
}

export interface Load {
  names: string[];
  /** How often a name is incremented a round. Default: once. */
  times?: number;
  /** Milliseconds between two rounds. Default: 10. */
  pause?: number;
}

export interface Watch {
  names: string[];
  /** `getCount()` for each name, instead of `getCounts()`. */
  oneByOne?: boolean;
}

export interface WatchReport {
  reads: number;
  violations: number;
  /** The first of them in words. */
  told: string[];
}

/** What a call of the metering service answered, or how it failed; `allowed` and what follows of a quota. */
export interface Billed {
  failed?: string;
  allowed?: boolean;
  used?: number;
  over?: number;
  /** Of a correction: whether this call made it. */
  made?: boolean;
  /** Of an import. */
  counted?: number;
}

/** So many calls of `incr()` or `incrAndGet()`, each with this delta. */
export interface RecordedOperation {
  name: string;
  delta: number;
  /** Default: once. */
  times?: number;
  updateInterval?: number;
  key?: string;
  /** Whether its key counts once, or is taken back. Default: an idempotency key. */
  once?: 'count' | 'undo';
}

/** Calls that are made at once, and written down together. */
export interface RecordedGroup {
  /** Default: `incr`. */
  method?: 'incr' | 'incrMany' | 'incrAndGet' | 'once';
  operations: RecordedOperation[];
}

/** A line of a record; times in microseconds. */
export type RecordLine =
  | { kind: 'invoked'; id: number; at: number; operations: RecordedOperation[] }
  | {
      kind: 'settled';
      id: number;
      at: number;
      failed: Record<string, number>;
      /** How many calls of each operation; absent when all were acknowledged. */
      acknowledged?: number[];
      refused?: number[];
      /** What `incrAndGet()` answered, by operation. */
      totals?: string[][];
      /** How often `incrOnce()` or `undoOnce()` answered true, by operation. */
      truths?: number[];
    }
  | { kind: 'read'; begun: number; at: number; names: string[]; values: string[] };

export interface RecordedLoad {
  file: string;
  /** Whether it counts. */
  rounds: boolean;
  /** Whether it reads. */
  reads: boolean;
  /** Milliseconds between two rounds. */
  pause: number;
  /** Rounds under way at most. Default: 6. */
  overlap?: number;
  /** Increments of a hot counter a round. */
  times: number;
  /** How the names begin of those counters that are incremented now and then. */
  many: string;
  /** Whether it also counts with transactions, each of which writes the same to the table `booked`. */
  books?: boolean;
}

export interface RecordedOutcomes {
  rounds: number;
  reads: number;
  failed: Record<string, number>;
}

export interface SteadyLoad {
  kind: 'hot' | 'random' | 'mixed';
  /** Milliseconds from one round to the next. */
  period: number;
  /** How many counters there are to draw from. */
  names: number;
  /** Update intervals, of which each counter has one. */
  intervals: readonly number[];
}

/** What a process holds once garbage is collected; memory in bytes. */
export interface ProbeReport {
  heap: number;
  resident: number;
  timers: number;
  /** Whatever else keeps its event loop alive. */
  handles: number;
  /** Of the process, of `CounterEvents`, of the queues and their connections. */
  listeners: number;
  /** Entries of its buffer. */
  buffered: number;
}

export interface SteadyProbe extends ProbeReport {
  /** Since it began. */
  load: { rounds: number; calls: number; underWay: number; failed: Record<string, number> };
}

/** An event of `CounterEvents` as the process reports it. */
export interface ReportedEvent {
  event: string;
  payload: Record<string, unknown>;
}

/** What the process sends. */
export type ProcessMessage =
  | { ready: true; url?: string }
  | ReportedEvent
  | { id: number; result: unknown }
  | { id: number; error: { code?: string; name: string; message: string } };
