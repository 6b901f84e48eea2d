import { setTimeout as sleep } from 'node:timers/promises';
import { outcomesOf, refusedOf } from './outcomes.mjs';

/**
 * Increments every name so many times a round, one round after the other. A load without a pause takes a processor from the
 * test that waits for what comes of it, and shows nothing more.
 *
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {{ add(kind: string, names: string[], count: number): Promise<void> }} tally
 * @param {import('./protocol.js').Load} load
 */
export function startLoad(counters, tally, { names, times = 1, pause = 10 }) {
  const total = { rounds: 0, acknowledged: 0, failed: {} };
  let stopped = false;

  async function count(name) {
    const calls = Array.from({ length: times }, () => counters.incr(name));
    const outcomes = await outcomesOf(calls);
    await tally.add('acknowledged', [name], outcomes.acknowledged);
    await tally.add('refused', [name], refusedOf(outcomes));
    total.acknowledged += outcomes.acknowledged;
    for (const [code, number] of Object.entries(outcomes.failed)) {
      total.failed[code] = (total.failed[code] ?? 0) + number;
    }
  }

  async function run() {
    while (!stopped) {
      await tally.add('sent', names, times);
      await Promise.all(names.map(count));
      total.rounds++;
      await sleep(pause);
    }
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      return total;
    },
  };
}
