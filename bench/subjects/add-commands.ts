import { counterName } from '../measure/names.js';
import { keysOf, scriptsWith, watchCommands } from '../measure/redis-monitor.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

/** Calls that are looked at. */
const CALLS = 20;

/**
 * What an `incr()` that is alone makes Redis do: the keys that its script gets, and the commands that this runs. `fresh`:
 * of counters that had nothing to be persisted; otherwise of one that waits already.
 */
export const addCommands: OpenSubject = async (world, { fresh }) => {
  const { counters, close } = await startCounting(world, { updateInterval: 600_000 });
  const nameOf = (call: number): string => counterName(fresh === true ? call : 0);
  return {
    async run(_task, clock) {
      // every partition has been called, and knows this client
      await counters.incrMany(
        Array.from({ length: 100 }, (_, index) => ({ name: counterName(1000 + index) })),
      );
      if (fresh !== true) await counters.incr(nameOf(0));
      clock.begin();
      const sent = await watchCommands(world.redis.url, async () => {
        for (let call = 0; call < CALLS; call++) await counters.incr(nameOf(call));
      });
      const seconds = clock.end();
      const names = new Set(Array.from({ length: CALLS }, (_, call) => nameOf(call)));
      const calls = [...names].flatMap((name) => scriptsWith(sent, name));
      if (calls.length !== CALLS) throw new Error(`${calls.length} script calls of ${CALLS}`);
      const commands = Math.max(...calls.map(({ inside }) => inside.length));
      const keys = Math.max(...calls.map(keysOf));
      return { operations: CALLS, seconds, extra: { commands, keys } };
    },
    settle: () => counters.flush(),
    close,
  };
};
