import { countPending } from '../observer/missing-workers.js';
import type { Observer } from '../observer/observer.js';
import { plural } from '../output/table.js';
import type { Verb } from '../verb.js';
import { expectServers, expectWorkers, NOT_MEANT } from './before-changes.js';

/** Milliseconds between two lines of progress. */
const PROGRESS = 1000;
/** As many as `flush()` takes. */
const MOST = 100_000;

export const flush: Verb = {
  name: 'flush',
  takes: '[NAME…]',
  operands: { least: 0, most: MOST },
  does: 'Have everything that is pending written to the database now, or some counters.',
  teaches: [
    'The processes with workers do it; this command makes it due, and waits. What waits in the memory of a process is not in Redis yet, and is ' +
      'not waited for. Where no process with workers runs, it says so.',
  ],
  options: {
    timeout: { value: 'SECONDS', does: 'how long to wait; default: 30' },
  },
  examples: ['flush --yes', 'flush orders revenue --yes --timeout 120'],
  writes: true,
  async run({ connect, operands, isMeant, progress }) {
    const opened = await connect();
    const { observer } = opened;
    const pending = await pendingOf(observer);
    const waiting = `${plural(pending, 'counter')} pending, of all names and windows`;
    await expectServers(opened);
    if (!isMeant) return { data: { pending, flushed: false }, text: [waiting, NOT_MEANT], exit: 0 };
    if (pending > 0) await expectWorkers(opened);
    const tell = async (): Promise<void> => progress(`${await pendingOf(observer)} pending`);
    const timer = setInterval(() => void tell().catch(() => undefined), PROGRESS);
    try {
      await observer.counters.flush(operands.length === 0 ? undefined : operands);
    } finally {
      clearInterval(timer);
    }
    const left = await pendingOf(observer);
    const done =
      operands.length === 0
        ? 'Everything that was pending is in the database'
        : `${plural(operands.length, 'counter')} that you named: in the database`;
    const text = [done, `${plural(left, 'counter')} pending now, of all names and windows`];
    return { data: { pending: left, flushed: true }, text, exit: 0 };
  },
};

const pendingOf = ({ ports, options }: Observer): Promise<number> =>
  countPending(ports.cache, options.queue.count);
