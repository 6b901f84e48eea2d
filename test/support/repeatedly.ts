import { setImmediate as turn } from 'node:timers/promises';

/**
 * Runs something again and again beside the test. Between two runs the event loop has its turn: what
 * is answered from memory alone would keep timers and sockets waiting for ever.
 */
export function repeatedly(run: () => Promise<unknown>): { stop: () => Promise<number> } {
  let stopped = false;
  const isStopped = (): boolean => stopped;
  const running = (async () => {
    let runs = 0;
    while (!isStopped()) {
      await run();
      await turn();
      runs++;
    }
    return runs;
  })();
  running.catch(() => undefined);
  return {
    /** Answers how many runs there were; rejects with what failed one. */
    stop: () => {
      stopped = true;
      return running;
    },
  };
}
