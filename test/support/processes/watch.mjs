import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two reads: those who count need the processor, too. */
const PAUSE = 5;
/** So many violations are told in words. */
const TOLD = 5;

/**
 * Reads counters that only go up, again and again: no value may be below the one before or below
 * what was acknowledged when the read began, or above what was sent when it ended.
 *
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {{ read(kind: string, names: string[]): Promise<bigint[]> }} tally
 * @param {import('./protocol.js').Watch} watch
 */
export function startWatch(counters, tally, { names, oneByOne = false }) {
  const report = { reads: 0, violations: 0, told: [] };
  const before = names.map(() => 0n);
  let stopped = false;

  const read = () =>
    oneByOne
      ? Promise.all(names.map((name) => counters.getCount(name, { bigint: true })))
      : counters.getCounts(names, { bigint: true });

  async function run() {
    while (!stopped) {
      const acknowledged = await tally.read('acknowledged', names);
      const values = await read();
      const sent = await tally.read('sent', names);
      report.reads++;
      values.forEach((value, i) => {
        check(value >= before[i], `${names[i]} went down from ${before[i]} to ${value}`);
        check(value >= acknowledged[i], `${names[i]} is ${value}, acknowledged ${acknowledged[i]}`);
        check(value <= sent[i], `${names[i]} is ${value}, but only ${sent[i]} were sent`);
        before[i] = value;
      });
      await sleep(PAUSE);
    }
  }

  function check(holds, violation) {
    if (holds) return;
    report.violations++;
    if (report.told.length < TOLD) report.told.push(violation);
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      return report;
    },
  };
}
