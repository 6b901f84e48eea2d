import type { Question } from '../question.js';
import { ratio } from './peers.js';

export const OURS = 'batches of 500, with claim, locks, ledger and acknowledgement';
const ALONE = '… of one partition, one after the other';
const UPSERT = 'ceiling: one multi-row upsert of 500';
export const ROWS = 'one row at a time';

export const persist: Question = {
  name: 'persist',
  title: 'Persisting: counters per second over one connection to PostgreSQL',
  task: { warmUp: 200, duration: 700, callers: 1, counters: 1 },
  contestants: [
    { label: OURS, subject: 'persister', parameters: { partitions: 5 } },
    { label: ALONE, subject: 'persister', parameters: { partitions: 1 } },
    { label: UPSERT, subject: 'upsert', parameters: { rows: 500 } },
    { label: ROWS, subject: 'upsert', parameters: { rows: 1 } },
  ],
  columns: [
    { metric: 'rate', title: 'counters per second' },
    { metric: 'clientTime', title: 'client µs' },
    { metric: 'redisTime', title: 'Redis µs' },
    { metric: 'databaseTime', title: 'database µs' },
  ],
  targets: [
    {
      text: 'persisting a batch of 500 under locks and ledger, counters/s, against one multi-row upsert without',
      value: (measured) => ratio(measured, OURS, UPSERT),
      atLeast: 0.7,
    },
    {
      text: '… against one row at a time',
      value: (measured) => ratio(measured, OURS, ROWS),
      atLeast: 25,
    },
  ],
};
