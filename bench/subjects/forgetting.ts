import { drawNames } from '../measure/names.js';
import { withoutAwaiting } from '../measure/turns.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

/** This package, its promises not awaited: what an application does that only wants to have counted. */
export const forgotten: OpenSubject = async (world, parameters) => {
  const { counters, close } = await startCounting(world, parameters);
  return {
    run(task, clock) {
      const { names, mask } = drawNames(task.counters);
      const act = (position: number): void => void counters.incr(names[position & mask] as string);
      return withoutAwaiting(act, task, clock);
    },
    settle: () => counters.flush(),
    close,
  };
};

/** The ceiling: a Map in the process, and nothing else. */
export const mapUpdate: OpenSubject = () => {
  const counts = new Map<string, number>();
  return Promise.resolve({
    run(task, clock) {
      const { names, mask } = drawNames(task.counters);
      const act = (position: number): void => {
        const name = names[position & mask] as string;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      };
      return withoutAwaiting(act, task, clock);
    },
    close: () => Promise.resolve(),
  });
};
