import type { Question } from '../question.js';
import { ratio } from './peers.js';

export const HOT = 'incr() not awaited, hot';
export const HOT_MAP = 'ceiling: Map update, hot';
const MANY = { counters: 10_000 };

export const forget: Question = {
  name: 'forget',
  title:
    'Fire and forget: nothing is awaited, a pause for input and output after every 1,000 calls',
  task: { warmUp: 500, duration: 800, callers: 0, counters: 1 },
  contestants: [
    { label: HOT, subject: 'forgotten', task: { warmUp: 1200 } },
    { label: HOT_MAP, subject: 'mapUpdate' },
    {
      label: 'incr() not awaited, 10,000 zipfian',
      subject: 'forgotten',
      task: { ...MANY, warmUp: 1200 },
    },
    { label: 'ceiling: Map update, 10,000 zipfian', subject: 'mapUpdate', task: MANY },
  ],
  columns: [
    { metric: 'rate', title: 'per second' },
    { metric: 'clientTime', title: 'client µs' },
    { metric: 'redisTime', title: 'Redis µs' },
  ],
  targets: [
    {
      text: 'fire-and-forget, hot, against a bare Map update of the same loop',
      value: (measured) => ratio(measured, HOT, HOT_MAP),
      atLeast: 0.5,
    },
  ],
};
