import type { Question } from '../question.js';

const LABEL = 'a counter with a name of 20 characters that waits to be persisted';

export const memory: Question = {
  name: 'memory',
  title: 'Memory of Redis',
  task: { warmUp: 0, duration: 0, callers: 1, counters: 1 },
  contestants: [{ label: LABEL, subject: 'redisMemory' }],
  columns: [{ metric: 'bytesPerCounter', title: 'bytes' }],
  targets: [
    {
      text: 'Redis memory per dirty counter (20-character names)',
      value: (measured) => measured.of(LABEL, 'bytesPerCounter'),
      atMost: 150,
      unit: 'bytes',
    },
  ],
};
