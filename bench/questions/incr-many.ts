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
  sqlPeers,
} from './peers.js';

const COUNTERS = 10_000;

export const incrMany: Question = {
  name: 'incr-many',
  title: '10,000 counters, zipfian, 1,000 awaiting callers',
  task: { warmUp: 300, duration: 1300, callers: 1000, counters: COUNTERS },
  contestants: [ours, ...redisPeers, gae, ...sqlPeers(COUNTERS), loop, benchmark],
  columns: COUNTING_COLUMNS,
  plot: { title: 'Increments per second', metric: 'rate', unit: '/s', logarithmic: true },
  targets: [
    {
      text: '10,000 zipfian counters, 1,000 awaiting callers, against awaited INCRBY',
      value: (measured) => ratio(measured, OURS, INCRBY),
      atLeast: 2,
    },
    {
      text: '… against the port of gae-fastcounters',
      value: (measured) => ratio(measured, OURS, GAE),
      atLeast: 20,
    },
    {
      text: '… against redis-benchmark, pipelined',
      value: (measured) => ratio(measured, OURS, BENCHMARK),
      atLeast: 0.9,
    },
    {
      text: '… against a loop of callers that await a promise resolved once a round trip',
      value: (measured) => ratio(measured, OURS, LOOP),
    },
    {
      text: 'latency of an acknowledged increment at 1,000 callers, p99, against awaited INCRBY: zipfian',
      value: (measured) => ratio(measured, OURS, INCRBY, 'p99'),
      atMost: 1,
    },
  ],
};
