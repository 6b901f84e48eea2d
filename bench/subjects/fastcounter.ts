import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';
import { countingSubject } from './counting-subject.js';

/** This package. */
export const fastcounter: OpenSubject = async (world, parameters) => {
  const { counters, events, close } = await startCounting(world, parameters);
  let rowWrites = 0;
  let calls = 0;
  events.on('persisted', ({ counters: count }) => (rowWrites += count));
  events.on('acknowledged', () => calls++);
  return countingSubject({
    incr: (name) => counters.incr(name),
    notes: () => ({ rowWrites, calls }),
    settle: () => counters.flush(),
    close,
  });
};
