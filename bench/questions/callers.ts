import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { incrBy, ours } from './peers.js';

const LOADS = [
  [64, 1],
  [64, 10_000],
  [10_000, 1],
  [10_000, 10_000],
] as const;

/** The other numbers of callers: 1 is in `latency`, 1,000 in `incr` and `incr-many`. */
export const callers: Question = {
  name: 'callers',
  title: '64 and 10,000 awaiting callers',
  task: { warmUp: 300, duration: 500, callers: 64, counters: 1 },
  contestants: LOADS.flatMap(([count, counters]) =>
    [ours, incrBy].map((one): Contestant => {
      const load = counters === 1 ? 'hot' : 'zipfian';
      const label = `${one.label}: ${load}, ${count.toLocaleString('en-US')} callers`;
      return { ...one, label, task: { ...one.task, callers: count, counters } };
    }),
  ),
  columns: COUNTING_COLUMNS,
};
