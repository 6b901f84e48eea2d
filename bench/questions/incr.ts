import { COUNTING_COLUMNS, type Question } from '../question.js';
import {
  BENCHMARK,
  benchmark,
  GAE,
  gae,
  INCRBY,
  LOOP,
  loop,
  ours,
  OURS,
  ratio,
  redisPeers,
  SHARDED,
  sqlPeers,
} from './peers.js';

export const incr: Question = {
  name: 'incr',
  title: 'One hot counter, 1,000 awaiting callers',
  task: { warmUp: 300, duration: 1300, callers: 1000, counters: 1 },
  contestants: [ours, ...redisPeers, gae, ...sqlPeers(1), loop, benchmark],
  columns: COUNTING_COLUMNS,
  plot: { title: 'Increments per second', metric: 'rate', unit: '/s', logarithmic: true },
  targets: [
    {
      text: 'hot counter, 1,000 awaiting callers, against awaited INCRBY (node-redis)',
      value: (measured) => ratio(measured, OURS, INCRBY),
      atLeast: 10,
    },
    {
      text: '… against twenty sharded rows in PostgreSQL',
      value: (measured) => ratio(measured, OURS, SHARDED),
      atLeast: 500,
    },
    {
      text: '… against the port of gae-fastcounters',
      value: (measured) => ratio(measured, OURS, GAE),
      atLeast: 20,
    },
    {
      text: '… against a loop of callers that await a promise resolved once a round trip',
      value: (measured) => ratio(measured, OURS, LOOP),
      atLeast: 0.7,
    },
    {
      text: '… against redis-benchmark, pipelined',
      value: (measured) => ratio(measured, OURS, BENCHMARK),
      atLeast: 0.9,
    },
    {
      text: 'latency of an acknowledged increment at 1,000 callers, p99, against awaited INCRBY: hot',
      value: (measured) => ratio(measured, OURS, INCRBY, 'p99'),
      atMost: 1,
    },
  ],
};
