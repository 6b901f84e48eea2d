import { divide } from '../measure/statistics.js';
import type { Question, Measurements } from '../question.js';

const APPLICATION = 'processor time of a request, µs';

/** How many times as many requests the processor time of one endpoint serves as that of another. */
const ratio = (measured: Measurements, path: string, against: string): readonly number[] =>
  divide(measured.of(APPLICATION, against), measured.of(APPLICATION, path));

export const countCalls: Question = {
  name: 'count-calls',
  title: 'Endpoints on Fastify, 50 connections, in turns',
  // of each endpoint and turn
  task: { warmUp: 300, duration: 250, callers: 50, counters: 1 },
  contestants: [{ label: APPLICATION, subject: 'endpoints' }],
  columns: [
    { metric: 'bare1', title: 'bare handler' },
    { metric: 'bare2', title: 'another bare one' },
    { metric: 'fixed', title: '@CountCalls()' },
    { metric: 'named', title: '… with {request.method}' },
    { metric: 'given', title: '… with a function of the context' },
    { metric: 'incr1', title: 'void incr()' },
    { metric: 'prom1', title: 'prom-client' },
    { metric: 'inter', title: 'empty interceptor' },
  ],
  targets: [
    {
      text: '`@CountCalls()` on a Fastify endpoint, 50 connections, against the bare handler, requests per second of processor time',
      value: (measured) => ratio(measured, 'fixed', 'bare1'),
      atLeast: 0.97,
    },
    {
      text: '… with `{request.method}` in its name, against an empty interceptor',
      value: (measured) => ratio(measured, 'named', 'inter'),
      atLeast: 1,
    },
  ],
};
