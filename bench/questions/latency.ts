import { COUNTING_COLUMNS, type Question } from '../question.js';
import { gae, INCRBY, ours, OURS, ratio, redisPeers } from './peers.js';

export const latency: Question = {
  name: 'latency',
  title: 'One hot counter, one awaiting caller',
  task: { warmUp: 600, duration: 800, callers: 1, counters: 1 },
  contestants: [ours, ...redisPeers, gae],
  columns: COUNTING_COLUMNS,
  plot: { title: 'Milliseconds from call to acknowledgement, median', metric: 'p50', unit: 'ms' },
  targets: [
    {
      text: 'latency at 1 caller, p50, against one INCRBY',
      value: (measured) => ratio(measured, OURS, INCRBY, 'p50'),
      atMost: 1.25,
      slow: 1.8,
    },
    {
      text: '… processor time of Redis',
      value: (measured) => ratio(measured, OURS, INCRBY, 'redisTime'),
      atMost: 2,
    },
    {
      text: '… processor time of the process',
      value: (measured) => ratio(measured, OURS, INCRBY, 'clientTime'),
      atMost: 1.5,
    },
  ],
};
