import type { Measurements, Question } from '../question.js';

const WAITING = 'of a counter that waits to be persisted';
const FRESH = 'of a counter that does not yet';

const most = (measured: Measurements, metric: string): readonly number[] => {
  const fresh = measured.of(FRESH, metric);
  return measured.of(WAITING, metric).map((value, round) => Math.max(value, fresh[round] ?? value));
};

export const addCommands: Question = {
  name: 'add-commands',
  title: 'What the script of one plain increment gets and does in Redis',
  task: { warmUp: 0, duration: 0, callers: 1, counters: 1 },
  contestants: [
    { label: WAITING, subject: 'addCommands' },
    { label: FRESH, subject: 'addCommands', parameters: { fresh: true } },
  ],
  columns: [
    { metric: 'commands', title: 'commands' },
    { metric: 'keys', title: 'keys' },
  ],
  targets: [
    {
      text: 'commands in an `add` of one plain increment',
      value: (measured) => most(measured, 'commands'),
      atMost: 6,
      unit: '',
    },
    { text: '… keys', value: (measured) => most(measured, 'keys'), atMost: 6, unit: '' },
  ],
  // it is counted: two rounds show that nothing else is
  rounds: 2,
};
