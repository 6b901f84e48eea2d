import { type Contestant, COUNTING_COLUMNS, type Question } from '../question.js';
import { incrBy, INCRBY, ours, OURS, ratio } from './peers.js';
import { throughAnInterval, UPDATE_INTERVAL } from './whole-interval.js';

const PROCESSES = 20;

/** Milliseconds. */
const LINGER = 20;
const LINGERING = `${OURS}, linger ${LINGER}`;
const ONE_QUEUE = `${LINGERING}, one queue`;

const counting: Contestant = {
  ...ours,
  parameters: { updateInterval: UPDATE_INTERVAL },
  task: throughAnInterval,
};

const contestants: readonly Contestant[] = [
  counting,
  { ...counting, label: LINGERING, parameters: { ...counting.parameters, linger: LINGER } },
  {
    ...counting,
    label: ONE_QUEUE,
    parameters: { ...counting.parameters, linger: LINGER, queue: { count: 1 } },
  },
  incrBy,
];

export const fleet: Question = {
  name: 'fleet',
  title:
    'Twenty processes, 500 awaited increments a second of each at random times, 10,000 counters, zipfian',
  task: { warmUp: 1500, duration: 3000, callers: 0, perSecond: 500, counters: 10_000 },
  contestants: contestants.map((one) => ({ ...one, processes: PROCESSES })),
  columns: COUNTING_COLUMNS,
  targets: [
    {
      text: 'twenty processes, 500 awaited increments a second each: processor time of Redis for an increment, against INCRBY',
      value: (measured) => ratio(measured, OURS, INCRBY, 'redisTime'),
      atMost: 1,
    },
    {
      text: `… where they gather for ${LINGER} ms (option \`linger\`)`,
      value: (measured) => ratio(measured, LINGERING, INCRBY, 'redisTime'),
      atMost: 1,
    },
    {
      text: '… and there is one queue (`queue.count`)',
      value: (measured) => ratio(measured, ONE_QUEUE, INCRBY, 'redisTime'),
      atMost: 1,
    },
  ],
  rounds: 3,
  tooMuchForSlow: true,
};
