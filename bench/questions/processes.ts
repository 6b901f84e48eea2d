import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { incrBy, ours } from './peers.js';

const PROCESSES = [1, 2, 4];

export const processes: Question = {
  name: 'processes',
  title: 'One to four processes, 1,000 awaiting callers each',
  task: { warmUp: 300, duration: 1000, callers: 1000, counters: 10_000 },
  contestants: PROCESSES.flatMap((count) =>
    [ours, incrBy].flatMap((one): Contestant[] =>
      (['hot', 'zipfian'] as const).map((load) => ({
        ...one,
        label: `${one.label}: ${load}, ${count} ${count === 1 ? 'process' : 'processes'}`,
        processes: count,
        task: { ...one.task, counters: load === 'hot' ? 1 : 10_000 },
      })),
    ),
  ),
  columns: COUNTING_COLUMNS,
};
