import type { Question } from '../question.js';
import { ratio } from './peers.js';

const WARM = 'getCounts() of 1,000 warm counters';
const MGET = 'one MGET of 1,000';
const COLD = 'getCounts() of 1,000 cold counters';
const MGET_SELECT = 'one MGET of 1,000, then one SELECT … = ANY';

export const reads: Question = {
  name: 'reads',
  title: 'Bulk reads of 1,000 counters, one after the other',
  task: { warmUp: 700, duration: 1000, callers: 1, counters: 1 },
  contestants: [
    { label: WARM, subject: 'getCounts' },
    { label: MGET, subject: 'mget' },
    { label: COLD, subject: 'getCounts', parameters: { cold: true } },
    { label: MGET_SELECT, subject: 'mget', parameters: { select: true } },
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
      text: 'bulk read of 1,000 warm counters, against one MGET of 1,000, p50',
      value: (measured) => ratio(measured, WARM, MGET, 'p50'),
      atMost: 1.2,
    },
    {
      text: 'bulk read of 1,000 cold counters, against one MGET and one `SELECT … = ANY`, p50',
      value: (measured) => ratio(measured, COLD, MGET_SELECT, 'p50'),
      atMost: 1.6,
    },
  ],
};
