import type { Question } from '../question.js';
import { ratio } from './peers.js';

export const OURS = 'batches of 500, with claim, locks, ledger and acknowledgement';
const ALONE = '… of one partition, one after the other';
const UPSERT = 'ceiling: one multi-row upsert of 500';
export const ROWS = 'one row at a time';
const OURS_MARIADB = 'MariaDB: batches of 500, with claim, locks, ledger and acknowledgement';
const UPSERT_MARIADB = 'MariaDB: one multi-row upsert of 500';

const onMariadb = { database: 'mariadb' } as const;

export const persist: Question = {
  name: 'persist',
  title: 'Persisting: counters per second over one connection to the database',
  task: { warmUp: 200, duration: 700, callers: 1, counters: 1 },
  contestants: [
    { label: OURS, subject: 'persister', parameters: { partitions: 5 } },
    { label: ALONE, subject: 'persister', parameters: { partitions: 1 } },
    { label: UPSERT, subject: 'upsert', parameters: { rows: 500 } },
    { label: ROWS, subject: 'upsert', parameters: { rows: 1 } },
    {
      label: OURS_MARIADB,
      subject: 'persister',
      parameters: { partitions: 5, ...onMariadb },
      needs: 'mariadb',
    },
    {
      label: UPSERT_MARIADB,
      subject: 'upsert',
      parameters: { rows: 500, ...onMariadb },
      needs: 'mariadb',
    },
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
    {
      text: 'the same batch on MariaDB, against one multi-row upsert without',
      value: (measured) => ratio(measured, OURS_MARIADB, UPSERT_MARIADB),
      atLeast: 0.5,
    },
  ],
};
