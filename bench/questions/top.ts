import type { Question } from '../question.js';
import { ratio } from './peers.js';

const TOP = 'top()';
const TOP_INDEXED = 'top(), with the index';
const SQL = 'ORDER BY value DESC LIMIT 100';
const SQL_INDEXED = 'ORDER BY value DESC LIMIT 100, with the index';

export const top: Question = {
  name: 'top',
  title: 'The 100 most counted of a day with a million counters, of which 1,000 wait in Redis',
  task: { warmUp: 1000, duration: 3000, callers: 1, counters: 1 },
  contestants: [
    { label: TOP, subject: 'topOfDay' },
    { label: SQL, subject: 'orderByValue' },
    { label: TOP_INDEXED, subject: 'topOfDay', parameters: { indexed: true } },
    { label: SQL_INDEXED, subject: 'orderByValue', parameters: { indexed: true } },
  ],
  columns: [
    { metric: 'p50', title: 'p50 ms' },
    { metric: 'p99', title: 'p99 ms' },
    { metric: 'clientTime', title: 'client µs' },
    { metric: 'redisTime', title: 'Redis µs' },
    { metric: 'databaseTime', title: 'database µs' },
  ],
  targets: [
    {
      text: 'top 100 of a million counters of a day, against one statement that knows of no pending count, p50',
      value: (measured) => ratio(measured, TOP, SQL, 'p50'),
    },
    {
      text: '… with the index, p50',
      value: (measured) => ratio(measured, TOP_INDEXED, SQL_INDEXED, 'p50'),
    },
  ],
};
