import type { Verb } from '../verb.js';
import { shownStatus } from './shown-status.js';
import { exitOf, wholeStatus } from './whole-status.js';

export const status: Verb = {
  name: 'status',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'Tell in one word how counting goes, and what is wrong, with what to do.',
  teaches: [
    'OK (exit status 0): nothing is wrong. DEGRADED (1): counts get through, and somebody has to look at something. DOWN (2): counts do ' +
      'not get in, do not get to the database, or cannot be read.',
    'It sees what all processes share, in Redis and the database, and what each process has told there within the last ten seconds: what ' +
      'fails there, refusals and losses. What waits in the memory of a process, that process alone tells: by its metrics, or status() of ' +
      'CounterService.',
  ],
  options: {},
  examples: ['status', 'status --namespace billing --json'],
  async run({ connect }) {
    const found = await wholeStatus(await connect());
    return { data: found, text: shownStatus(found), exit: exitOf(found) };
  },
};
