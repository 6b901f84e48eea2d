import { setTimeout as sleep } from 'node:timers/promises';
import { transactionsOf } from '../measure/database-counts.js';
import { counterName } from '../measure/names.js';
import type { OpenSubject } from '../subject.js';
import { startCounting } from './application.js';

/** What this package has. */
const PARTITIONS = 5;

/**
 * So many counters, each incremented once a second, evenly over the second: the batches and transactions that this
 * takes. `apart`: they begin one after the other through an interval; otherwise all in the first second.
 */
export const lightLoad: OpenSubject = async (world, { several, updateInterval, apart }) => {
  const { counters, events, close } = await startCounting(world, { updateInterval });
  const transactions = await transactionsOf(world.postgres.url);
  const [count, interval] = [Number(several), Number(updateInterval)];
  let batches = 0;
  let rows = 0;
  events.on('persisted', (batch) => {
    batches++;
    rows += batch.counters;
  });
  let position = 0;
  const first = performance.now();
  /** How many have begun. */
  const taking = (): number =>
    apart === true ? Math.ceil((count * (performance.now() - first)) / interval) : count;
  const load = async (milliseconds: number): Promise<void> => {
    const began = performance.now();
    for (let at = 0; at < milliseconds; at += 1000 / count) {
      await sleep(Math.max(0, began + at - performance.now()));
      const index = position++ % count;
      if (index < taking()) await counters.incr(counterName(index));
    }
  };
  return {
    async run({ warmUp, duration }, clock) {
      await load(warmUp);
      const before = { batches, rows, position, transactions: await transactions.now() };
      clock.begin();
      await load(duration);
      const seconds = clock.end();
      const intervals = (seconds * 1000) / interval;
      const extra = {
        batches: (batches - before.batches) / intervals / PARTITIONS,
        rows: (rows - before.rows) / intervals / count,
        transactions: ((await transactions.now()) - before.transactions) / intervals / PARTITIONS,
      };
      return { operations: position - before.position, seconds, extra };
    },
    close: async () => {
      await transactions.close();
      await close();
    },
  };
};
