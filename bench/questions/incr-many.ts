import { COUNTING_COLUMNS, type Question } from '../question.js';
import { GAE, gae, INCRBY, ours, OURS, ratio, redisPeers, sqlPeers } from './peers.js';

const COUNTERS = 10_000;

export const incrMany: Question = {
  name: 'incr-many',
  title: '10,000 counters, zipfian, 1,000 awaiting callers',
  task: { warmUp: 300, duration: 1300, callers: 1000, counters: COUNTERS },
  contestants: [
    ours,
    ...redisPeers,
    gae,
    ...sqlPeers(COUNTERS),
    { label: 'ceiling: redis-benchmark, pipelined', subject: 'redisBenchmark' },
  ],
  columns: COUNTING_COLUMNS,
  plot: { title: 'Increments per second', metric: 'rate', unit: '/s', logarithmic: true },
  targets: [
    {
      text: '10,000 zipfian counters, 1,000 awaiting callers, against awaited INCRBY',
      value: (measured) => ratio(measured, OURS, INCRBY),
      atLeast: 4,
    },
    {
      text: '… against the port of gae-fastcounters',
      value: (measured) => ratio(measured, OURS, GAE),
      atLeast: 20,
    },
    {
      text: 'latency of an acknowledged increment at 1,000 callers, p99, against awaited INCRBY: zipfian',
      value: (measured) => ratio(measured, OURS, INCRBY, 'p99'),
      atMost: 1,
    },
  ],
};
