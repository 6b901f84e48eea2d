import {
  type Contestant,
  COUNTING_COLUMNS,
  type Measurements,
  type Question,
} from '../question.js';
import { INCRBY, incrBy, ours, OURS, ratio } from './peers.js';

const LOADS = [
  [64, 1],
  [16, 10_000],
  [64, 10_000],
  [10_000, 1],
  [10_000, 10_000],
] as const;

const labelOf = (who: string, callers: number, counters: number): string =>
  `${who}: ${counters === 1 ? 'hot' : 'zipfian'}, ${callers.toLocaleString('en-US')} callers`;

const againstIncrBy =
  (callers: number, counters: number) =>
  (measured: Measurements): readonly number[] =>
    ratio(measured, labelOf(OURS, callers, counters), labelOf(INCRBY, callers, counters));

/** The other numbers of callers: 1 is in `latency`, 1,000 in `incr` and `incr-many`. */
export const callers: Question = {
  name: 'callers',
  title: '16, 64 and 10,000 awaiting callers',
  task: { warmUp: 300, duration: 500, callers: 64, counters: 1 },
  contestants: LOADS.flatMap(([count, counters]) =>
    [ours, incrBy].map((one): Contestant => {
      const label = labelOf(one.label, count, counters);
      return { ...one, label, task: { ...one.task, callers: count, counters } };
    }),
  ),
  columns: COUNTING_COLUMNS,
  targets: [
    {
      text: '64 awaiting callers, 10,000 zipfian counters, against awaited INCRBY (node-redis)',
      value: againstIncrBy(64, 10_000),
      atLeast: 1.3,
      slow: 1,
    },
    { text: '… one hot counter', value: againstIncrBy(64, 1), atLeast: 3 },
    {
      text: '16 awaiting callers, 10,000 zipfian counters, against awaited INCRBY',
      value: againstIncrBy(16, 10_000),
      atLeast: 0.9,
    },
  ],
};
