import type { Question } from '../question.js';

const HOT = 'one hot counter';
const MANY = '10,000 counters, zipfian';

export const rows: Question = {
  name: 'rows',
  title: 'Row writes per counter and interval, 1,000 awaiting callers',
  task: { warmUp: 0, duration: 2500, callers: 1000, counters: 1 },
  contestants: [
    { label: HOT, subject: 'rowWrites' },
    { label: MANY, subject: 'rowWrites', task: { counters: 10_000 } },
  ],
  columns: [
    { metric: 'writesPerInterval', title: 'most writes of a counter an interval' },
    { metric: 'writes', title: 'writes' },
    { metric: 'rate', title: 'increments per second' },
  ],
  targets: [
    {
      text: 'row writes per counter per interval',
      value: (measured) => {
        const many = measured.of(MANY, 'writesPerInterval');
        return measured
          .of(HOT, 'writesPerInterval')
          .map((value, round) => Math.max(value, many[round] ?? value));
      },
      atMost: 1,
      unit: '',
    },
  ],
};
