import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { ours, ratio } from './peers.js';

const COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const;
const label = (count: number): string => `${count.toLocaleString('en-US')} counters`;

/**
 * What an increment costs until it is acknowledged, among so many counters that all wait to be
 * persisted, for which the interval is long. What a row costs is in `persist`.
 */
export const counters: Question = {
  name: 'counters',
  tooMuchForSlow: true,
  title: 'More and more counters with something pending, zipfian, 1,000 awaiting callers',
  task: { warmUp: 800, duration: 1000, callers: 1000, counters: 1 },
  contestants: COUNTS.map((count): Contestant => {
    const parameters = { pending: count, updateInterval: 600_000 };
    return { ...ours, label: label(count), parameters, task: { counters: count } };
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
