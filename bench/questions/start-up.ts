import { subtract } from '../measure/statistics.js';
import type { Question } from '../question.js';

const BARE = 'Nest and TypeORM';
const CONNECTED = '… and 8 connections to Redis';
const OURS = '… and nestjs-fastcounter';
const EMBEDDED = '… and nestjs-fastcounter, embedded';

export const startUp: Question = {
  name: 'start-up',
  title: 'Starting an application, from importing the module to the end of init()',
  task: { warmUp: 0, duration: 0, callers: 1, counters: 1 },
  fresh: true,
  contestants: [
    { label: BARE, subject: 'startUp', parameters: { with: 'nothing' } },
    { label: CONNECTED, subject: 'startUp', parameters: { with: 'connections' } },
    { label: OURS, subject: 'startUp', parameters: { with: 'fastcounter' } },
    { label: EMBEDDED, subject: 'startUp', parameters: { with: 'embedded' } },
  ],
  columns: [{ metric: 'milliseconds', title: 'ms' }],
  targets: [
    {
      text: 'start-up added to a Nest application, beyond connections',
      value: (measured) =>
        subtract(measured.of(OURS, 'milliseconds'), measured.of(CONNECTED, 'milliseconds')),
      atMost: 15,
      unit: 'ms',
    },
  ],
};
