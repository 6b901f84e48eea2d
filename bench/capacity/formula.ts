import { type Costs, type ProcessorCosts, type Size, type Sizes } from './costs.js';

/** What is to be counted. */
export interface Load {
  /** Increments a second of all processes. */
  increments: number;
  /** Different counters that are counted in one period: an update interval and a tick. */
  touched: number;
  /** Counters that have a row. */
  counters: number;
  /** Counters that are read, at least once in two hours. */
  read: number;
  /** Processes that count. */
  processes: number;
  /** False: by decorated calls alone, which nobody awaits. */
  awaited: boolean;
  /** Milliseconds in which increments of a process come together: a round trip to Redis, or the option `linger`. */
  gathering: number;
  /** Characters of a name. */
  nameLength: number;
  /** Windows that an increment counts in, beside the counter itself. */
  windows: number;
  /** Rows of windows that are kept. */
  windowRows: number;
  /** Milliseconds. */
  updateInterval: number;
  /** The option `queue.count`. */
  partitions: number;
  /** Whether the counts are on a Redis Cluster. */
  cluster: boolean;
}

/** What the load needs. */
export interface Capacity {
  /** Script calls a second. */
  calls: number;
  /** Runs in them, each of one partition. */
  runs: number;
  /** Processors that are busy in Redis; one server has one. */
  redis: number;
  /** Bytes of counters in Redis at the most. */
  memory: number;
  rowWrites: number;
  batches: number;
  /** Processors that are busy in the database. */
  database: number;
  /** Processors that are busy in the application for counting, and for persisting. */
  counting: number;
  persisting: number;
  /** Batches that are under way at a time. */
  underWay: number;
  /** Bytes of the tables with their primary keys. */
  databaseSize: number;
}

/** Milliseconds in which decorated calls gather in each lane. */
const NOT_AWAITED = 50;
/** Due times are rounded up to it, in milliseconds. */
const TICK = 1000;
const BATCH = 500;
/** Counters of a partition beyond this are spread over the interval. */
const ROUND = 1000;
/** Entries beyond this in a lane are a call by themselves. */
const FEW = 16;
/** Values of a partition that are cached at the most. */
const MOST_CACHED = 100_000;
/** Characters that a window adds to the name of its counter. */
const WINDOW_NAME = 8;
const MICRO = 1e-6;

export function capacityOf(load: Load, costs: Costs, sizes: Sizes): Capacity {
  const sent = callsOf(load);
  const { rowWrites, batches } = writesOf(load);
  const { redis, processes, database } = costs;
  // runs in which a counter is the first of its period: each row has one
  const firsts = sent.runs * (1 - Math.exp(-rowWrites / (1 + load.windows) / sent.runs));
  const counting = ({ call, run, entry, first }: ProcessorCosts): number =>
    MICRO *
    (sent.calls * call +
      (sent.runs - sent.calls) * run +
      (sent.entries - sent.runs) * entry +
      firsts * first);
  const persisting = ({ row, batch }: Pick<ProcessorCosts, 'row' | 'batch'>): number =>
    MICRO * (rowWrites * row + batches * batch);
  return {
    calls: sent.calls,
    runs: sent.runs,
    redis: counting(redis) + persisting(redis) + costs.idle / 1000,
    memory: memoryOf(load, sizes),
    rowWrites,
    batches,
    database: persisting(database),
    counting: counting(processes),
    persisting: persisting(processes),
    underWay: (Math.max(batches, rowWrites / BATCH) * costs.fullBatch) / 1000,
    databaseSize: (load.counters + load.windowRows) * bytesOf(sizes.row, load.nameLength),
  };
}

/** Milliseconds from the first increment of a counter that is counted all the time to its next first one. */
const periodOf = ({ updateInterval }: Load): number =>
  updateInterval + Math.min(TICK, updateInterval);

/**
 * A second: script calls, runs of a partition in them, and entries. A lane or a process calls once in `gathering` and the time
 * until the next increment comes.
 */
function callsOf(load: Load): { calls: number; runs: number; entries: number } {
  const { increments, processes, partitions, awaited, cluster, touched, windows } = load;
  const names = 1 + windows;
  const areApart = cluster || !awaited;
  const seconds = (awaited ? load.gathering : NOT_AWAITED) / 1000;
  const callers = processes * (areApart ? partitions : 1);
  const rate = increments / callers;
  const together = 1 + rate * seconds;
  const calls = increments / together;
  const entriesOf = (ofCounters: number): number => calls * Math.min(together, ofCounters) * names;
  if (areApart) return { calls, runs: calls, entries: entriesOf(touched / partitions) };
  const entries = entriesOf(touched);
  const inCall = partitions * (1 - (1 - 1 / partitions) ** Math.min(together, touched));
  const runs = calls * inCall;
  return { calls: entries / runs > FEW ? runs : calls, runs, entries };
}

/** Each counter once in a period; no more rows than increments. */
function writesOf(load: Load): { rowWrites: number; batches: number } {
  const { increments, touched, windows, updateInterval, partitions } = load;
  const period = periodOf(load) / 1000;
  const all = touched * (1 + windows);
  const most = increments * (1 + windows);
  const rowWrites = period === 0 ? most : Math.min(all / period, most);
  if (period === 0) return { rowWrites, batches: Math.min(increments, rowWrites) };
  const used = Math.min(partitions, touched);
  const ofOne = (rowWrites * period) / used;
  const tick = Math.min(TICK, updateInterval) / 1000;
  const batchesOfOne =
    ofOne <= ROUND ? Math.ceil(ofOne / BATCH) / period : Math.max(1 / tick, ofOne / BATCH / period);
  return { rowWrites, batches: used * batchesOfOne };
}

function memoryOf(load: Load, { waiting, cached }: Sizes): number {
  const { nameLength, windows, touched, read, partitions } = load;
  const dirty = bytesOf(waiting, nameLength) + windows * bytesOf(waiting, nameLength + WINDOW_NAME);
  const values = Math.min(read, partitions * MOST_CACHED) * bytesOf(cached, nameLength);
  return touched * dirty + values;
}

const bytesOf = ({ bytes, character }: Size, length: number): number =>
  bytes + character * (length - 20);
