import { getHeapStatistics } from 'node:v8';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

const CALLS = 1_000_000;

/**
 * Bytes on the heap per `incr()` of a counter that has an entry in the buffer. All calls are in one
 * turn: nothing else runs, and the young generation is large enough to need no collection.
 */
export const allocation: OpenSubject = async (world, { delta }) => {
  const { counters, close } = await startCounting(world);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const by = Number(delta);
  const count = (): number => {
    let last: Promise<void> | undefined;
    // the first one makes the entry, and the sum is a double from here on if it will be
    last = counters.incr('hot', by);
    collect();
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < CALLS; i++) last = counters.incr('hot', by);
    const bytes = getHeapStatistics().used_heap_size - before;
    last.catch(() => undefined);
    return bytes / CALLS;
  };
  return {
    async run(_task, clock) {
      // hot code first
      for (let i = 0; i < 3; i++) {
        count();
        await counters.flush();
      }
      clock.begin();
      const bytesPerCall = count();
      const seconds = clock.end();
      return { operations: CALLS, seconds, extra: { bytesPerCall } };
    },
    settle: () => counters.flush(),
    close,
  };
};
