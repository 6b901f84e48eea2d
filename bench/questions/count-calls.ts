import type { Question } from '../question.js';
import { ratio } from './peers.js';

const BARE = 'bare handler';
const OURS = '@CountCalls()';
const BY_REQUEST = '@CountCalls(), {request.method} in the name';
const INTERCEPTED = 'empty interceptor';

export const countCalls: Question = {
  name: 'count-calls',
  title: 'An endpoint on Fastify, 50 connections',
  task: { warmUp: 600, duration: 1300, callers: 50, counters: 1 },
  contestants: [
    { label: BARE, subject: 'endpoint', parameters: { counted: 'bare' } },
    { label: OURS, subject: 'endpoint', parameters: { counted: 'countCalls' } },
    { label: BY_REQUEST, subject: 'endpoint', parameters: { counted: 'request' } },
    {
      label: '@CountCalls(), a function of the context',
      subject: 'endpoint',
      parameters: { counted: 'context' },
    },
    {
      label: 'void counters.incr() in the handler',
      subject: 'endpoint',
      parameters: { counted: 'incr' },
    },
    { label: "prom-client's counter", subject: 'endpoint', parameters: { counted: 'prometheus' } },
    { label: INTERCEPTED, subject: 'endpoint', parameters: { counted: 'interceptor' } },
  ],
  columns: [
    { metric: 'rate', title: 'requests per second' },
    { metric: 'p50', title: 'p50 ms' },
    { metric: 'p99', title: 'p99 ms' },
    { metric: 'clientTime', title: 'server µs' },
    { metric: 'redisTime', title: 'Redis µs' },
  ],
  targets: [
    {
      text: '`@CountCalls()` on a Fastify endpoint, 50 connections, against the bare handler',
      value: (measured) => ratio(measured, OURS, BARE),
      atLeast: 0.97,
    },
    {
      // of the server alone: client and Redis, on the same processors, disturb it less
      text: 'the same, in requests per second of processor time',
      value: (measured) => ratio(measured, BARE, OURS, 'clientTime'),
      atLeast: 0.97,
    },
    {
      text: '`@CountCalls()` with `{request.method}` in its name, against an empty interceptor',
      value: (measured) => ratio(measured, BY_REQUEST, INTERCEPTED),
      atLeast: 1,
    },
  ],
};
