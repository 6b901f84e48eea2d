import type { Contestant, Question } from '../question.js';
import { ratio } from './peers.js';
import { throughAnInterval, UPDATE_INTERVAL } from './whole-interval.js';

const OURS = 'await incr()';
const INCRBY = 'await INCRBY, node-redis';

const ours: Contestant = {
  label: OURS,
  subject: 'countingEndpoint',
  parameters: { updateInterval: UPDATE_INTERVAL },
  task: throughAnInterval,
};

export const http: Question = {
  name: 'http',
  title: 'An endpoint on Fastify that awaits one increment of a random counter, 50 connections',
  task: { warmUp: 1500, duration: 3000, callers: 50, counters: 10_000 },
  contestants: [ours, { label: INCRBY, subject: 'incrByEndpoint' }],
  columns: [
    { metric: 'rate', title: 'requests a second' },
    { metric: 'p50', title: 'p50 ms' },
    { metric: 'p99', title: 'p99 ms' },
    { metric: 'clientTime', title: 'process µs' },
    { metric: 'redisTime', title: 'Redis µs' },
    { metric: 'databaseTime', title: 'database µs' },
  ],
  targets: [
    {
      text: 'an endpoint (Fastify, 50 connections) that awaits one `incr()` of a random counter, against one that awaits INCRBY, requests a second',
      value: (measured) => ratio(measured, OURS, INCRBY),
      atLeast: 1,
    },
    {
      text: '… processor time of Redis for a request',
      value: (measured) => ratio(measured, OURS, INCRBY, 'redisTime'),
      atMost: 1.2,
    },
  ],
};
