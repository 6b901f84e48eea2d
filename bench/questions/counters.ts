import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { ours, ratio } from './peers.js';

const COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const;
const label = (count: number): string => `${count.toLocaleString('en-US')} counters`;

export const counters: Question = {
  name: 'counters',
  title: 'More and more counters, zipfian, 1,000 awaiting callers',
  task: { warmUp: 1200, duration: 1000, callers: 1000, counters: 1 },
  contestants: COUNTS.map((count): Contestant => {
    return { ...ours, label: label(count), task: { counters: count } };
  }),
  columns: COUNTING_COLUMNS,
  targets: [
    {
      text: '10^3 … 10^6 counters: cost per increment grows by',
      value: (measured) => ratio(measured, label(COUNTS[0]), label(COUNTS[3])),
      atMost: 2,
    },
  ],
};
