import type { Question } from '../question.js';

export const SMALL = 'incr(), sums below 2^30';
export const LARGE = 'incr(), sums beyond 2^30';

export const allocation: Question = {
  name: 'allocation',
  title: 'Allocation of an incr() on an existing entry',
  task: { warmUp: 0, duration: 0, callers: 1, counters: 1 },
  contestants: [[SMALL, 1] as const, [LARGE, 1_000_000] as const].map(([label, delta]) => ({
    label,
    subject: 'allocation' as const,
    parameters: { delta },
    nodeOptions: ['--max-semi-space-size=256', '--min-semi-space-size=256'],
  })),
  columns: [
    { metric: 'bytesPerCall', title: 'bytes' },
    { metric: 'rate', title: 'calls per second' },
  ],
  targets: [
    {
      text: 'allocation per `incr()` on an existing entry',
      value: (measured) => {
        const large = measured.of(LARGE, 'bytesPerCall');
        return measured
          .of(SMALL, 'bytesPerCall')
          .map((bytes, round) => Math.max(bytes, large[round] ?? bytes));
      },
      // the least that an allocation takes is 16 bytes; other code of the process allocates a little meanwhile
      atMost: 1,
      unit: 'bytes',
    },
  ],
};
