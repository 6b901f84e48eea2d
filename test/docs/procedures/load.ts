import { setTimeout as sleep } from 'node:timers/promises';
import type { CounterService } from '../../../lib/index.js';

/** Increments every name once a round until it is stopped, with a pause as `test/support/processes/load.mjs` has one. */
export function counting(counters: CounterService, names: readonly string[]) {
  const load = { rounds: 0, isStopped: false };
  const run = async (): Promise<void> => {
    while (!load.isStopped) {
      await counters.incrMany(names.map((name) => ({ name, windows: ['day'] })));
      load.rounds++;
      await sleep(10);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    get rounds() {
      return load.rounds;
    },
    /** Answers how often each name was counted; rejects where an increment did. */
    async stop(): Promise<number> {
      load.isStopped = true;
      await running;
      return load.rounds;
    },
  };
}
