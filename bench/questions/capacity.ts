import { type Costs, SIZES } from '../capacity/costs.js';
import { capacityOf, type Load } from '../capacity/formula.js';
import { CONSTANTS, costsOf, TOLD_COSTS } from '../capacity/measured-costs.js';
import { expectedDistinct } from '../measure/names.js';
import type { Contestant, Measurements, Metrics, Question } from '../question.js';

const INTERVAL = 5000;
/** With the tick, after which a counter that is counted all the time begins anew. */
const PERIOD = INTERVAL + 1000;
const COUNTERS = 10_000;
const PRODUCERS = 4;
const FACTOR = 1.5;

const LOADS = [200, 2000, 20_000].map((perSecond) => ({
  label: `${perSecond.toLocaleString('en-US')} increments a second`,
  perSecond,
}));

/** Measured beside what is predicted, by the name of both. */
const COMPARED = [
  ['redis', 'processor time of Redis', 'Redis ms/s'],
  ['memory', 'memory of Redis', 'Redis kB'],
  ['rows', 'row writes a second', 'rows/s'],
  ['batches', 'batches a second', 'batches/s'],
] as const;

/** Told, without a target: the load is made in the same processes, and the database works in the background. */
const TOLD = [
  ['calls', 'runs/s'],
  ['database', 'database ms/s'],
  ['worker', 'worker ms/s'],
] as const;

const predicted = (metric: string): string => `${metric}Predicted`;

/**
 * Timers make the load, a millisecond or more apart: `bursts` is how often a second. Where a call takes longer than that, its time
 * is what increments come together in: an increment comes in the middle of a call, and waits for the next one.
 */
const gatheringOf = (increments: number, bursts: number, latency: number): number =>
  Math.max(1000 * PRODUCERS * (1 / bursts - 1 / increments), latency / 1.5);

const loadOf = (increments: number, gathering: number): Load => ({
  increments,
  touched: expectedDistinct(COUNTERS, (increments * PERIOD) / 1000),
  counters: COUNTERS,
  read: 0,
  processes: PRODUCERS,
  awaited: true,
  gathering,
  nameLength: 20,
  windows: 0,
  windowRows: 0,
  updateInterval: INTERVAL,
  partitions: 5,
  cluster: false,
});

/** Processor times are milliseconds a second. */
function metricsAt(label: string, measured: Measurements): Metrics {
  const costs = costsOf(measured);
  const rates = measured.of(label);
  const bursts = measured.of(label, 'bursts');
  const aSecond = (metric: string): number[] =>
    measured.of(label, metric).map((time, round) => (time * (rates[round] ?? NaN)) / 1000);
  const latencies = measured.of(label, 'roundTrip');
  const gathering = rates.map((rate, round) =>
    gatheringOf(rate, bursts[round] ?? NaN, latencies[round] ?? NaN),
  );
  const needs = rates.map((rate, round) => {
    const load = loadOf(rate, gathering[round] ?? NaN);
    return capacityOf(load, costs[round] as Costs, SIZES);
  });
  return {
    redis: aSecond('redisTime'),
    redisPredicted: needs.map(({ redis }) => redis * 1000),
    memory: measured.of(label, 'memory').map((bytes) => bytes / 1000),
    memoryPredicted: needs.map(({ memory }) => memory / 1000),
    rowsPredicted: needs.map(({ rowWrites }) => rowWrites),
    batchesPredicted: needs.map(({ batches }) => batches),
    gathering,
    calls: measured.of(label, 'runs'),
    callsPredicted: needs.map(({ runs }) => runs),
    database: aSecond('databaseTime'),
    databasePredicted: needs.map(({ database }) => database * 1000),
    worker: aSecond('clientTime'),
    workerPredicted: needs.map(({ persisting }) => persisting * 1000),
  };
}

/** How far off the prediction is, too high or too low: of the load where it is furthest, round by round. */
function furthest(measured: Measurements, metric: string): number[] {
  const factors = LOADS.map(({ label }) => {
    const metrics = { ...metricsAt(label, measured) };
    const found = metrics[metric] ?? measured.of(label, metric);
    return (metrics[predicted(metric)] ?? []).map((value, round) => {
      const ratio = value / (found[round] ?? NaN);
      return Math.max(ratio, 1 / ratio);
    });
  });
  return (factors[0] ?? []).map((_, round) =>
    Math.max(...factors.map((rounds) => rounds[round] ?? NaN)),
  );
}

export const capacity: Question = {
  name: 'capacity',
  tooMuchForSlow: true,
  title: `What a load takes, measured and predicted: 10,000 counters, zipfian, an update interval of ${INTERVAL / 1000} s`,
  task: { warmUp: 300, duration: 1500, callers: 1, counters: 1 },
  contestants: [
    ...CONSTANTS,
    ...LOADS.map(({ label, perSecond }): Contestant => {
      const parameters = { updateInterval: INTERVAL, producers: PRODUCERS };
      // whole periods, wherever in one of them it begins
      const task = { warmUp: PERIOD + 1000, duration: 2 * PERIOD, perSecond, counters: COUNTERS };
      return { label, subject: 'capacityLoad', parameters, task };
    }),
  ],
  derived: (measured) =>
    new Map(LOADS.map(({ label }) => [label, metricsAt(label, measured)] as const)),
  columns: [
    ...[...COMPARED.map(([metric, , title]) => [metric, title] as const), ...TOLD].flatMap(
      ([metric, title]) => [
        { metric, title },
        { metric: predicted(metric), title: 'predicted' },
      ],
    ),
    { metric: 'gathering', title: 'gathering ms' },
  ],
  targets: [
    ...COMPARED.map(([metric, text]) => ({
      text: `${text}, predicted and measured, the larger against the smaller: the worst of three loads`,
      value: (measured: Measurements) => furthest(measured, metric),
      atMost: FACTOR,
    })),
    ...TOLD_COSTS,
  ],
  rounds: 3,
};
