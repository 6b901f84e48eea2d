import { setTimeout as sleep } from 'node:timers/promises';
import { counterName } from '../measure/names.js';
import { oneByOne } from '../measure/turns.js';
import type { Outcome, OpenSubject, Subject } from '../subject.js';
import { type CountingApplication, startCounting } from './application.js';

/** What this package has, and puts in a batch. */
const PARTITIONS = 5;
const BATCH = 500;

/** Of each partition in one call: more, and each partition has a call of its own. */
const ENTRIES = 15;
/** Persisted at a time, and how often before it is measured. */
const ROWS = 60 * BATCH;
const ROUNDS_BEFORE = 4;
/** Milliseconds: so short that a small batch follows the other, and so long that its job is a delayed one. */
const SHORT = 20;

/** What is done again and again; how many operations that is. */
interface Part {
  act: () => Promise<unknown>;
  operations: number;
  /** With a pause of a millisecond before each: a server that is woken for each call takes longer for it. */
  isPaced?: boolean;
}

/** One part of what a load costs, `of`: so that the others can be subtracted. See `bench/capacity/costs.ts`. */
export const capacityCosts: OpenSubject = async (world, { of }): Promise<Subject> => {
  const application = await startCounting(world, { updateInterval: 600_000 });
  const { counters, close } = application;
  const settle = (): Promise<void> => counters.flush();
  if (of === 'idle') {
    const run: Subject['run'] = async ({ duration }, clock) => {
      clock.begin();
      await sleep(duration);
      return { operations: 1, seconds: clock.end() };
    };
    return { run, settle, close };
  }
  const { act, operations, isPaced = false } = await partOf(String(of), application);
  return {
    async run(task, clock): Promise<Outcome> {
      let seconds = NaN;
      // with the pauses
      const whole = { begin: () => clock.begin(), end: () => (seconds = clock.end()) };
      const outcome = await oneByOne(act, task, whole, isPaced ? () => sleep(1) : undefined);
      return { operations: outcome.operations * operations, seconds };
    },
    settle,
    close,
  };
};

async function partOf(of: string, application: CountingApplication): Promise<Part> {
  const { counters } = application;
  const add = (names: readonly string[], updateInterval?: number): Promise<void> =>
    counters.incrMany(names.map((name) => ({ name, updateInterval })));
  const byPartition = await namesByPartition(application);
  const each = (number: number): string[] => byPartition.flatMap((names) => names.slice(0, number));
  switch (of) {
    case 'call':
      return { act: () => counters.incr('hot'), operations: 1, isPaced: true };
    case 'runs':
      return { act: () => add(each(1)), operations: 1, isPaced: true };
    case 'entries':
      return { act: () => add(each(ENTRIES)), operations: 1, isPaced: true };
    case 'first': {
      let index = 0;
      return { act: () => counters.incr(`first:${index++}`), operations: 1, isPaced: true };
    }
    case 'rows': {
      const names = Array.from({ length: ROWS }, (_, index) => counterName(index));
      const act = async (): Promise<void> => {
        await add(names);
        await counters.flush();
      };
      // the rows are made, and have been updated
      for (let round = 0; round < ROUNDS_BEFORE; round++) await act();
      return { act, operations: ROWS };
    }
    case 'batches': {
      const names = each(1);
      const act = async (): Promise<void> => {
        const persisted = whenPersisted(application, PARTITIONS);
        await add(names, SHORT);
        await persisted;
      };
      return { act, operations: PARTITIONS };
    }
    default:
      throw new Error(`There is no part "${of}"`);
  }
}

/** Names by the partition that tells of them. */
async function namesByPartition({ counters, events }: CountingApplication): Promise<string[][]> {
  const found: string[][] = [];
  for (let index = 0; found.flat().length < PARTITIONS * ENTRIES; index++) {
    const name = counterName(index);
    const told = (answer: { partition: number }): void => {
      const names = (found[answer.partition] ??= []);
      if (names.length < ENTRIES) names.push(name);
    };
    events.once('acknowledged', told);
    await counters.incr(name);
  }
  return found;
}

/** Resolves when so many batches are persisted. */
function whenPersisted({ events }: CountingApplication, batches: number): Promise<void> {
  return new Promise((resolve) => {
    let left = batches;
    const persisted = (): void => {
      if (--left > 0) return;
      events.off('persisted', persisted);
      resolve();
    };
    events.on('persisted', persisted);
  });
}
