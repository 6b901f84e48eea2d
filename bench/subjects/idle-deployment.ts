import { setTimeout as sleep } from 'node:timers/promises';
import { transactionsOf } from '../measure/database-counts.js';
import { watchCommands } from '../measure/redis-monitor.js';
import { SubjectProcess } from '../subject-process.js';
import type { OpenSubject } from '../subject.js';

/** So many processes that have counted, and count no more: what they send to the servers a second. */
export const idleDeployment: OpenSubject = async (world, { processes }) => {
  const all = Array.from({ length: Number(processes) }, (_, index) => {
    return new SubjectProcess(`process ${index + 1}`);
  });
  const transactions = await transactionsOf(world.postgres.url);
  const [first, ...others] = all;
  const opening = {
    subject: 'fastcounter',
    world,
    parameters: { updateInterval: 10_000 },
  } as const;
  // the first one makes the tables
  await first?.open(opening);
  await Promise.all(others.map((one) => one.open(opening)));
  const count = { warmUp: 0, duration: 200, callers: 10, counters: 1000 };
  await Promise.all(all.map((one) => one.run(count)));
  await first?.settle();
  return {
    async run({ warmUp, duration }, clock) {
      await sleep(warmUp);
      const before = await transactions.now();
      clock.begin();
      const sent = await watchCommands(world.redis.url, () => sleep(duration));
      const seconds = clock.end();
      const inScripts = sent.reduce((sum, { inside }) => sum + inside.length, 0);
      const extra = {
        sent: sent.length / seconds,
        processed: (sent.length + inScripts) / seconds,
        transactions: ((await transactions.now()) - before) / seconds,
      };
      return { operations: 1, seconds, extra };
    },
    close: async () => {
      await Promise.all(all.map((one) => one.close()));
      await transactions.close();
    },
  };
};
