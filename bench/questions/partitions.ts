import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { ours } from './peers.js';

const QUEUES = [1, 5, 10, 20];

export const partitions: Question = {
  name: 'partitions',
  title: 'More partitions: 10,000 counters, zipfian, 1,000 awaiting callers',
  task: { warmUp: 1200, duration: 800, callers: 1000, counters: 10_000 },
  contestants: QUEUES.map((count): Contestant => {
    const label = count === 1 ? '1 partition' : `${count} partitions`;
    return { ...ours, label, parameters: { queue: { count } }, task: {} };
  }),
  columns: COUNTING_COLUMNS,
};
