import type { Contestant, Question } from '../question.js';

const COUNTERS = 50;
const INTERVAL = 10_000;
const TOGETHER = 'all begin in one second';
const APART = 'they begin one after the other, through an interval';

const contestants = [
  [APART, true],
  [TOGETHER, false],
] as const;

export const lightLoad: Question = {
  name: 'light-load',
  title: '50 counters, one increment a second each, an update interval of 10 s, five partitions',
  task: { warmUp: INTERVAL + 2000, duration: 3 * INTERVAL, callers: 1, counters: COUNTERS },
  contestants: contestants.map(([label, apart]): Contestant => {
    const parameters = { several: COUNTERS, updateInterval: INTERVAL, apart };
    return { label, subject: 'lightLoad', parameters };
  }),
  columns: [
    { metric: 'batches', title: 'batches a partition and interval' },
    { metric: 'transactions', title: 'transactions a partition and interval' },
    { metric: 'rows', title: 'row writes a counter and interval' },
  ],
  targets: [
    {
      text: 'batches a partition and interval at light load: 50 counters, one increment a second each, 10 s',
      value: (measured) => measured.of(APART, 'batches'),
      atMost: 1.2,
      unit: '',
    },
  ],
  // counted, and the same in each
  rounds: 1,
};
