import { setTimeout as sleep } from 'node:timers/promises';

/** Counters that transactions alone increment. */
const NAMES = 5;
/** Share of the transactions that are rolled back. */
const UNDONE = 0.2;
/** Milliseconds between two transactions. */
const PAUSE = 20;

const takenBack = new Error('taken back');

/**
 * Transactions that write to the table `booked` what they count, one after the other, until `stopped` says so. What committed is in
 * that table, whatever this process was told.
 *
 * @param {import('typeorm').DataSource} dataSource
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {{ stopped: () => boolean, onFailure: (code: string) => void }} run
 */
export async function book(dataSource, counters, { stopped, onFailure }) {
  while (!stopped()) {
    const name = `booked:${Math.floor(Math.random() * NAMES)}`;
    const delta = 1 + Math.floor(Math.random() * 9);
    try {
      await dataSource.transaction(async (manager) => {
        await manager.query('INSERT INTO booked VALUES ($1, $2)', [name, delta]);
        await counters.incr(name, delta, { transaction: manager });
        if (Math.random() < UNDONE) throw takenBack;
      });
    } catch (error) {
      if (error !== takenBack) onFailure(error.code ?? error.name);
    }
    await sleep(PAUSE);
  }
}
