import { PROBLEM_TABLE } from '../operating/problem-table.js';
import type { CounterStatus, PartitionStatus } from '../operating/status/status.types.js';
import { PATIENCE as WORKERS_SEEN } from '../persisting/neighbours/worker-watch.js';
import { refusals } from './outcomes.js';
import { INCIDENTS, RESULTS, type Tallies } from './tallies.js';

export interface Facts {
  status: CounterStatus;
  tallies: Tallies;
}

/** A value with its labels, beside `namespace`. */
export type Value = readonly [value: number | undefined, labels?: Readonly<Record<string, string>>];

/** A metric that is read when it is asked for. A value that is not known just then is left out. */
export interface Metric {
  /** Without `fastcounter_`, and without `_total`. */
  name: string;
  kind: 'counter' | 'gauge';
  help: string;
  /** Beside `namespace`. */
  labels: readonly string[];
  /** Of OpenTelemetry. */
  unit?: string;
  values: (facts: Facts) => readonly Value[];
}

export interface Histogram {
  name: 'acknowledge_seconds' | 'batch_counters' | 'persist_seconds';
  help: string;
  unit: string;
  buckets: readonly number[];
}

const inSeconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;

const each =
  (of: (partition: PartitionStatus) => number | undefined) =>
  ({ status }: Facts): Value[] =>
    status.partitions.map((it) => [of(it), { partition: String(it.partition) }]);

/** Undefined where a partition did not answer: less than there is would be shown. */
const sum =
  (of: (partition: PartitionStatus) => number | undefined) =>
  ({ status }: Facts): Value[] => {
    const all = status.partitions.map(of);
    const isKnown = all.every((it) => it !== undefined);
    return [[isKnown ? all.reduce((total, it) => total + it, 0) : undefined]];
  };

/** 0 where Redis answered, and nothing is late or open. */
const ifAnswered = (partition: PartitionStatus, milliseconds: number | undefined) =>
  partition.pending === undefined ? undefined : Math.max(0, milliseconds ?? 0) / 1000;

const counter = (
  name: string,
  help: string,
  labels: string[],
  values: Metric['values'],
): Metric => ({
  ...{ name, help, labels, values, kind: 'counter' },
});
const gauge = (name: string, help: string, labels: string[], values: Metric['values']): Metric => ({
  ...{ name, help, labels, values, kind: 'gauge' },
  ...(name.endsWith('_seconds') && { unit: 's' }),
});

/** Of this process. */
const OWN: readonly Metric[] = [
  {
    ...counter(
      'increments',
      'Callers of methods that write, by what they were told.',
      ['outcome'],
      ({ status, tallies }) => [
        [tallies.acknowledged, { outcome: 'acknowledged' }],
        ...(['refused', 'unknown', 'invalid'] as const).map((outcome): Value => [
          refusals(status, outcome),
          { outcome },
        ]),
      ],
    ),
    unit: '{increment}',
  },
  gauge('buffer_entries', 'Entries that wait in this process for Redis.', [], ({ status }) => [
    [status.buffer.entries],
  ]),
  gauge('buffer_limit', 'Most entries that may wait.', [], ({ status }) => [[status.buffer.limit]]),
  gauge('buffer_oldest_seconds', 'For how long the oldest increment waits.', [], ({ status }) => [
    [inSeconds(status.buffer.oldestMs ?? 0)],
  ]),
  counter(
    'batches',
    'Batches that this process tried to persist.',
    ['partition', 'result'],
    ({ status, tallies }) =>
      RESULTS.flatMap((result) =>
        status.partitions.map(({ partition }): Value => [
          tallies.batchesOf(result, partition),
          { partition: String(partition), result },
        ]),
      ),
  ),
  gauge(
    'up',
    'Whether servers answer this process, and classes of operations succeed: 1 or 0.',
    ['of'],
    ({ status }) => [
      [Number(status.cache.answers), { of: 'redis' }],
      [Number(status.database.answers), { of: 'database' }],
      ...(['write', 'read', 'persist', 'queue'] as const).map((of): Value => [
        Number(!status.outages.some((outage) => outage.of === of)),
        { of },
      ]),
    ],
  ),
  gauge(
    'problems',
    'Whether a problem of status() is there: 1 or 0.',
    ['code', 'severity'],
    ({ status }) =>
      PROBLEM_TABLE.map(([code, { severity }]) => [
        Number(status.problems.some((problem) => problem.code === code)),
        { code, severity },
      ]),
  ),
  counter('incidents', 'Events of incidents that this process told.', ['kind'], ({ tallies }) =>
    INCIDENTS.map((kind) => [tallies.incidentsOf(kind), { kind }]),
  ),
  counter('replayed', 'Parked entries that this process counted by hand.', [], ({ tallies }) => [
    [tallies.replayed],
  ]),
  counter('discarded', 'Parked entries that this process dropped by hand.', [], ({ tallies }) => [
    [tallies.discarded],
  ]),
];

/** Of all processes together: each says the same. */
const OF_ALL: readonly Metric[] = [
  gauge(
    'pending',
    'Counters with increments that no batch has yet.',
    ['partition'],
    each(({ pending }) => pending),
  ),
  gauge(
    'due',
    'How many of these are due.',
    ['partition'],
    each(({ due }) => due),
  ),
  gauge(
    'overdue_seconds',
    'By how much the oldest counts are late.',
    ['partition'],
    each((it) => ifAnswered(it, Math.max(it.overdueBy ?? 0, it.batchAge ?? 0))),
  ),
  gauge(
    'batch_age_seconds',
    'For how long the open batch is open.',
    ['partition'],
    each((it) => ifAnswered(it, it.batchAge)),
  ),
  gauge(
    'last_persisted_timestamp_seconds',
    'When the database last took a batch, in seconds since 1970.',
    [],
    ({ status }) => [[inSeconds(status.persisting.lastAt?.getTime())]],
  ),
  gauge('workers', 'Processes with workers that were seen within 30 s.', [], ({ status }) => [
    [status.persisting.workers?.filter(({ silentMs }) => silentMs <= WORKERS_SEEN).length],
  ]),
  gauge(
    'parked',
    'Parcels of parked counts.',
    [],
    sum(({ parked }) => parked),
  ),
  gauge(
    'overflowed',
    'Entries put aside, as their row would leave the 64-bit range.',
    [],
    sum(({ overflowed }) => overflowed),
  ),
  gauge(
    'refused_rows',
    'Entries put aside, as the database refuses their row.',
    [],
    sum(({ refused }) => refused),
  ),
  gauge('jobs', 'Jobs of the queues.', ['partition', 'state'], ({ status }) =>
    status.partitions.flatMap(({ partition, jobs = {} }) =>
      Object.entries(jobs).map(([state, jobsOf]): Value => [
        jobsOf as number,
        { partition: String(partition), state },
      ]),
    ),
  ),
];

export const METRICS: readonly Metric[] = [...OWN, ...OF_ALL];

/** Whether every process says the same. */
export const isOfAll = (name: string): boolean =>
  name === 'problems' || OF_ALL.some((metric) => metric.name === name);

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const HISTOGRAMS: readonly Histogram[] = [
  {
    name: 'acknowledge_seconds',
    help: 'From the oldest increment of a call to the answer of Redis.',
    ...{ unit: 's', buckets: SECONDS },
  },
  {
    name: 'batch_counters',
    help: 'Counters in a batch that this process persisted.',
    ...{ unit: '{counter}', buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500] },
  },
  {
    name: 'persist_seconds',
    help: 'From the claim of a batch to its acknowledgement.',
    ...{ unit: 's', buckets: SECONDS },
  },
];

/** As OpenTelemetry names it: the unit is no part of a name. */
export const dotted = (name: string): string =>
  `fastcounter.${name.replace(/_seconds$/, '').replaceAll('_', '.')}`;
