import { expect, test } from 'vitest';
import type { SeenProcess } from '../../../lib/cache/processes.js';
import { beat, seenProcesses } from '../../../lib/cache/memory/steps/processes.js';
import { newPartitionState } from '../../../lib/cache/memory/state/partition-state.js';

const MINUTE = 60_000;
const details = (pid: number) => ({
  ...{ host: 'h', pid, version: '1', persists: true, deliveredUntil: pid },
});

/** Processes that say that they run, by a clock of the test. */
function heard() {
  const state = newPartitionState();
  return {
    beat: (pid: number, at: number) =>
      beat(state, { process: String(pid), details: details(pid) }, at),
    known: (at: number): [number, number][] =>
      seenProcesses(state, at).map(({ pid, unheardFor }: SeenProcess) => [pid, unheardFor]),
  };
}
const START = 100 * MINUTE;

test('a process that says nothing for ten minutes is forgotten, where others are heard', () => {
  const all = heard();
  all.beat(1, START);
  for (let minute = 0; minute <= 10; minute++) all.beat(2, START + minute * MINUTE);
  expect(all.known(START + 10 * MINUTE)).toEqual([
    [1, 10 * MINUTE],
    [2, 0],
  ]);
  all.beat(2, START + 10 * MINUTE + 1);
  expect(all.known(START + 10 * MINUTE + 1)).toEqual([[2, 0]]);
});

test('the ten minutes begin anew when processes are heard again, of which none was for a while', () => {
  const all = heard();
  all.beat(1, START);
  all.beat(2, START);
  const back = START + 60 * MINUTE;
  all.beat(2, back);
  expect(all.known(back + 1000)).toEqual([
    [1, 1000],
    [2, 1000],
  ]);
  for (let minute = 1; minute <= 11; minute++) all.beat(2, back + minute * MINUTE);
  expect(all.known(back + 11 * MINUTE)).toEqual([[2, 0]]);
});

test('a clock that is put back makes nobody forgotten', () => {
  const all = heard();
  all.beat(1, START);
  all.beat(2, START);
  all.beat(2, START - 30 * MINUTE);
  expect(all.known(START - 30 * MINUTE)).toEqual([
    [1, 0],
    [2, 0],
  ]);
});

test('a process that died is forgotten after a day, where others are heard for a short time only', () => {
  const all = heard();
  all.beat(1, START);
  for (let hour = 0; hour < 24; hour++) all.beat(2, START + hour * 60 * MINUTE);
  expect(all.known(START + 23 * 60 * MINUTE).map(([pid]) => pid)).toEqual([1, 2]);
  all.beat(2, START + 24 * 60 * MINUTE + 1);
  expect(all.known(START + 24 * 60 * MINUTE + 1)).toEqual([[2, 0]]);
});
