import type { Contestant, Measurements, Target } from '../question.js';
import type { Costs, ProcessorCosts } from './costs.js';

const IDLE = 'constants: nothing is counted';
const CALL = 'constants: one increment a call';
const RUNS = 'constants: one increment in each of five partitions';
const ENTRIES = 'constants: fifteen counters in each of five partitions';
const FIRST = 'constants: the first increment of a counter';
const ROWS = 'constants: 30,000 rows in batches of 500';
const BATCHES = 'constants: batches of one row';
const ONE_PARTITION = 'constants: full batches, one after the other';

/** What each part of a load costs, in the same run as the load. */
export const CONSTANTS: readonly Contestant[] = [
  ...(
    [
      [IDLE, 'idle', 3000],
      [CALL, 'call', 1500],
      [RUNS, 'runs', 1500],
      [ENTRIES, 'entries', 1500],
      [FIRST, 'first', 1500],
      [ROWS, 'rows', 1500],
      [BATCHES, 'batches', 4000],
    ] as const
  ).map(([label, of, duration]): Contestant => {
    return { label, subject: 'capacityCosts', parameters: { of }, task: { duration } };
  }),
  { label: ONE_PARTITION, subject: 'persister', parameters: { partitions: 1 } },
];

const TIMES = { redis: 'redisTime', processes: 'clientTime', database: 'databaseTime' } as const;

/** By differences: what else an operation costs is measured by itself. Round by round. */
export function costsOf(measured: Measurements): Costs[] {
  const rounds = measured.of(CALL).length;
  return Array.from({ length: rounds }, (_, round) => {
    const value = (label: string, metric?: string): number =>
      measured.of(label, metric)[round] ?? NaN;
    const of = (who: keyof typeof TIMES): ProcessorCosts => {
      const metric = TIMES[who];
      // microseconds a second, which are there whatever is done
      const idle = value(IDLE, metric) * value(IDLE);
      const cost = (label: string): number => value(label, metric) - idle / value(label);
      return partsOf(cost);
    };
    return {
      redis: of('redis'),
      processes: of('processes'),
      database: of('database'),
      idle: (value(IDLE, TIMES.redis) * value(IDLE)) / 1000,
      fullBatch: (500 / value(ONE_PARTITION)) * 1000,
    };
  });
}

function partsOf(cost: (label: string) => number): ProcessorCosts {
  const call = cost(CALL);
  const run = atLeastNothing((cost(RUNS) - call) / 4);
  const entry = atLeastNothing((cost(ENTRIES) - cost(RUNS)) / 70);
  const first = atLeastNothing(cost(FIRST) - call);
  // each has been an entry of a call before
  const row = atLeastNothing(cost(ROWS) - entry);
  const batch = atLeastNothing(cost(BATCHES) - row - (call + 4 * run) / 5);
  return { call, run, entry, first, row, batch };
}

/** A difference of two that are alike may be less. */
const atLeastNothing = (value: number): number => Math.max(0, value);

const PARTS = ['call', 'run', 'entry', 'first', 'row', 'batch'] as const;

/** The constants of the formula, as they were measured: to be written into `costs.ts`. */
export const TOLD_COSTS: readonly Target[] = [
  ...(['redis', 'processes', 'database'] as const).flatMap((who) =>
    PARTS.filter((part) => who !== 'database' || part === 'row' || part === 'batch').map((part) =>
      told(`constant ${who}.${part}`, (costs) => (costs[who] as ProcessorCosts)[part], 'µs'),
    ),
  ),
  told('constant idle', ({ idle }) => idle, 'ms/s'),
  told('constant fullBatch', ({ fullBatch }) => fullBatch, 'ms'),
];

function told(text: string, valueOf: (costs: Costs) => number, unit: string): Target {
  return { text, value: (measured) => costsOf(measured).map(valueOf), unit };
}
