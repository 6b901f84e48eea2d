import type { Contestant, Question } from '../question.js';

const LABEL = 'Redis: a counter with a name of 20 characters that waits to be persisted';
const LONG = 60;

const contestants: readonly Contestant[] = [
  { label: LABEL, subject: 'redisMemory' },
  { label: '… of 60 characters', subject: 'redisMemory', parameters: { nameLength: LONG } },
  {
    label: 'Redis: a persisted value that is cached, a name of 20 characters',
    subject: 'redisMemory',
    parameters: { cached: true },
  },
  {
    label: '… cached, of 60 characters',
    subject: 'redisMemory',
    parameters: { cached: true, nameLength: LONG },
  },
  { label: 'Redis: a connection', subject: 'redisConnection' },
  { label: 'PostgreSQL: a counter with its key, 20 characters', subject: 'databaseSize' },
  {
    label: '… in the table, of 60 characters',
    subject: 'databaseSize',
    parameters: { nameLength: LONG },
  },
  {
    label: '… of 20 characters, after six updates of each',
    subject: 'databaseSize',
    parameters: { updates: 6 },
  },
];

export const memory: Question = {
  name: 'memory',
  title: 'Memory of Redis, and size of the database',
  task: { warmUp: 0, duration: 0, callers: 1, counters: 1 },
  contestants,
  columns: [{ metric: 'bytesPerCounter', title: 'bytes' }],
  targets: [
    {
      text: 'Redis memory per dirty counter (20-character names)',
      value: (measured) => measured.of(LABEL, 'bytesPerCounter'),
      atMost: 150,
      unit: 'bytes',
    },
  ],
  // counted, and nearly the same in each
  rounds: 1,
};
