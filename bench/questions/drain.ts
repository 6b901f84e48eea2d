import type { Question } from '../question.js';
import { divide } from '../measure/statistics.js';

const INTERVAL = 10_000;
const LABEL = 'nestjs-fastcounter';

export const drain: Question = {
  name: 'drain',
  tooMuchForSlow: true,
  title: 'A million counters, which have rows, touched in one update interval of 10 s',
  task: { warmUp: 0, duration: 0, callers: 0, perSecond: 200, counters: 1_000_000 },
  contestants: [{ label: LABEL, subject: 'drainer', parameters: { updateInterval: INTERVAL } }],
  columns: [
    { metric: 'drain', title: 'seconds from the first due time to the last row' },
    { metric: 'touched', title: 'seconds of increments' },
    { metric: 'clientTime', title: 'process µs' },
    { metric: 'redisTime', title: 'Redis µs' },
    { metric: 'databaseTime', title: 'database µs' },
    { metric: 'idleReads', title: 'idle: p99 ms of single reads' },
    { metric: 'busyReads', title: 'meanwhile: p99 ms' },
  ],
  targets: [
    {
      text: '10^6 counters touched in one interval of 10 s: persisted from the first due time on within',
      value: (measured) => measured.of(LABEL, 'drain'),
      atMost: INTERVAL / 1000,
      unit: 's',
    },
    {
      text: '… p99 of single reads in another process meanwhile, against before',
      value: (measured) => divide(measured.of(LABEL, 'busyReads'), measured.of(LABEL, 'idleReads')),
      atMost: 3,
    },
  ],
  rounds: 2,
};
