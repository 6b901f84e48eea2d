import type { Question } from '../question.js';
import { ratio } from './peers.js';

const BARE = 'bare handler';
const OURS = '@CountCalls()';

export const countCalls: Question = {
  name: 'count-calls',
  title: 'An endpoint on Fastify, 50 connections',
  task: { warmUp: 600, duration: 1300, callers: 50, counters: 1 },
  contestants: [
    { label: BARE, subject: 'endpoint', parameters: { counted: 'bare' } },
    { label: OURS, subject: 'endpoint', parameters: { counted: 'countCalls' } },
    {
      label: 'void counters.incr() in the handler',
      subject: 'endpoint',
      parameters: { counted: 'incr' },
    },
    { label: "prom-client's counter", subject: 'endpoint', parameters: { counted: 'prometheus' } },
    { label: 'empty interceptor', subject: 'endpoint', parameters: { counted: 'interceptor' } },
  ],
  columns: [
    { metric: 'rate', title: 'requests per second' },
    { metric: 'p50', title: 'p50 ms' },
    { metric: 'p99', title: 'p99 ms' },
    { metric: 'clientTime', title: 'server µs' },
  ],
  targets: [
    {
      text: '`@CountCalls()` on a Fastify endpoint, 50 connections, against the bare handler',
      value: (measured) => ratio(measured, OURS, BARE),
      atLeast: 0.97,
    },
  ],
};
