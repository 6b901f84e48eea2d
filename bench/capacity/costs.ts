/** Processor time in microseconds, of a server or of the processes of an application. */
export interface ProcessorCosts {
  /** A script call with one increment. */
  call: number;
  /** Each further partition in a call, with one increment. */
  run: number;
  /** Each further counter of a partition in a call. */
  entry: number;
  /** A counter that is the first of its period, beside others that wait already; in each run at most once. */
  first: number;
  /** A row that is persisted. */
  row: number;
  /** A batch of rows, with its job. */
  batch: number;
}

/** What the formula multiplies. All of it is measured. */
export interface Costs {
  redis: ProcessorCosts;
  /** The processes that count and persist. */
  processes: ProcessorCosts;
  database: Pick<ProcessorCosts, 'row' | 'batch'>;
  /** Milliseconds a second that Redis takes while nothing is counted. */
  idle: number;
  /** Milliseconds of a full batch of 500 rows, from claim to acknowledgement. */
  fullBatch: number;
}

/** Bytes of something with a name of 20 characters, and of each character beyond. */
export interface Size {
  bytes: number;
  character: number;
}

export interface Sizes {
  /** A counter that waits in Redis. */
  waiting: Size;
  /** A persisted value that is cached in Redis. */
  cached: Size;
  /** A row of PostgreSQL with its place in the index. */
  row: Size;
  /** A connection to Redis. */
  connection: number;
}

/** Of the machine that docs/capacity.md names: `npm run bench -- capacity` tells those of another one. */
export const COSTS: Costs = {
  redis: { call: 116, run: 11.3, entry: 1.7, first: 35, row: 2.5, batch: 712 },
  processes: { call: 486, run: 68, entry: 10, first: 29, row: 8.1, batch: 2580 },
  database: { row: 14, batch: 621 },
  idle: 6.7,
  fullBatch: 9.6,
};

/** Of any machine: `npm run bench -- memory`. */
export const SIZES: Sizes = {
  waiting: { bytes: 108, character: 1.85 },
  cached: { bytes: 87, character: 0.8 },
  row: { bytes: 172, character: 2.6 },
  connection: 38_000,
};
