import type { Question } from '../question.js';
import { ratio } from './peers.js';

const USAGE = 'usage(), nothing waits';
const WAITING = 'usage(), each part waits';
const ONE = 'sum() of one part';
const SQL = 'ORDER BY name LIMIT 10000';

export const usage: Question = {
  name: 'usage',
  title: '10,000 parts of a month among 30,000 counters, in one page',
  task: { warmUp: 1000, duration: 3000, callers: 1, counters: 1 },
  contestants: [
    { label: USAGE, subject: 'usageOfMonth' },
    { label: WAITING, subject: 'usageOfMonth', parameters: { waiting: true } },
    { label: ONE, subject: 'usageOfMonth', parameters: { one: true } },
    { label: SQL, subject: 'partsByName' },
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
      text: '10,000 parts in one page, against one statement that knows of no pending count, p50',
      value: (measured) => ratio(measured, USAGE, SQL, 'p50'),
    },
    {
      text: '… each of which waits in Redis, p50',
      value: (measured) => ratio(measured, WAITING, SQL, 'p50'),
    },
    {
      text: '10,000 parts of a month in one page of usage(), against a read of one part, p50',
      value: (measured) => ratio(measured, USAGE, ONE, 'p50'),
      atMost: 20,
    },
  ],
};
