import type { Question } from '../question.js';

const LABEL = 'nestjs-fastcounter, 20 processes';

export const idle: Question = {
  name: 'idle',
  tooMuchForSlow: true,
  title: 'A deployment of twenty processes that has counted, and counts no more',
  task: { warmUp: 30_000, duration: 120_000, callers: 0, counters: 0 },
  contestants: [{ label: LABEL, subject: 'idleDeployment', parameters: { processes: 20 } }],
  columns: [
    { metric: 'sent', title: 'commands that Redis is sent a second' },
    { metric: 'processed', title: '… with those of scripts' },
    { metric: 'transactions', title: 'transactions of PostgreSQL a second' },
  ],
  targets: [
    {
      text: 'commands a second of an idle deployment of 20 processes',
      value: (measured) => measured.of(LABEL, 'sent'),
      atMost: 5,
      unit: '',
    },
    {
      text: '… transactions of PostgreSQL',
      value: (measured) => measured.of(LABEL, 'transactions'),
      atMost: 1,
      unit: '',
    },
  ],
  rounds: 1,
};
