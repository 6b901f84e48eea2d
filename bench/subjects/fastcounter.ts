import { counterName } from '../measure/names.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';
import { countingSubject } from './counting-subject.js';

/** Fewer than the buffer takes. */
const AT_A_TIME = 50_000;

/** This package; `pending`: so many counters wait to be persisted all the time. */
export const fastcounter: OpenSubject = async (world, { pending = 0, ...options }) => {
  const { counters, events, close } = await startCounting(world, options);
  let rowWrites = 0;
  let calls = 0;
  events.on('persisted', ({ counters: count }) => (rowWrites += count));
  events.on('acknowledged', () => calls++);
  const kept = Number(pending);
  for (let first = 0; first < kept; first += AT_A_TIME) {
    const length = Math.min(AT_A_TIME, kept - first);
    const names = Array.from({ length }, (_, index) => counterName(first + index));
    await counters.incrMany(names.map((name) => ({ name })));
  }
  return countingSubject({
    incr: (name) => counters.incr(name),
    notes: () => ({ rowWrites, calls }),
    settle: kept > 0 ? undefined : () => counters.flush(),
    close,
  });
};
