import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';

const CALLERS = 5;
/** Milliseconds between two transactions of a caller: those who count need the processor, too. */
const PAUSE = 5;
/** Of so many transactions, one is rolled back. */
const UNDONE = 4;

/**
 * Transactions that write a row to the table `committed` and count it, round after round.
 *
 * @param {import('@nestjs/common').INestApplicationContext} app
 * @param {import('nestjs-fastcounter').CounterService} counters
 */
export function startTransactions(app, counters, { name }) {
  const dataSource = app.get(DataSource);
  let stopped = false;

  async function run(caller) {
    for (let round = 0; !stopped; round++) {
      const isUndone = round % UNDONE === caller % UNDONE;
      await dataSource
        .transaction(async (manager) => {
          await manager.query('INSERT INTO committed VALUES (1)');
          await counters.incr(name, 1, { transaction: manager });
          if (isUndone) throw new Error('taken back');
        })
        .catch((error) => {
          if (!isUndone) throw error;
        });
      await sleep(PAUSE);
    }
  }

  const running = Promise.all(Array.from({ length: CALLERS }, (_, caller) => run(caller)));
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
