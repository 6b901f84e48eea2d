import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { incrBy, ours } from './peers.js';

const PROCESSES = [1, 2, 4];

export const processes: Question = {
  name: 'processes',
  title: 'One to four processes, 1,000 awaiting callers each, 10,000 counters, zipfian',
  task: { warmUp: 300, duration: 900, callers: 1000, counters: 10_000 },
  contestants: PROCESSES.flatMap((count) =>
    [ours, incrBy].map((one): Contestant => {
      const label = `${one.label}, ${count} ${count === 1 ? 'process' : 'processes'}`;
      return { ...one, label, processes: count };
    }),
  ),
  columns: COUNTING_COLUMNS,
  plot: {
    title: 'Increments per second, all processes together',
    metric: 'rate',
    unit: '/s',
  },
};
