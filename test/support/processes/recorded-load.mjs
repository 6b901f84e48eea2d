import { setTimeout as sleep } from 'node:timers/promises';
import { book } from './bookings.mjs';
import { now, openRecord } from './record.mjs';
import { callRecorded } from './recorded-calls.mjs';

/** Counters that only go up, by increments without a key: those that reads are held against. */
const HOT = ['hot:0', 'hot:1', 'hot:2'];
const GROWING = Array.from({ length: 10 }, (_, i) => `growing:${i}`);
/** So many others, new ones every so many milliseconds: few of them see a process die. */
const MANY = 500;
const MANY_PERIOD = 20_000;
/** Every process draws from the same keys, new ones every so many milliseconds. */
const KEYS = 8;
const KEY_PERIOD = 2000;
/** Keys that are counted and taken back: all processes draw from the same. */
const VISITORS = 40;
const INTERVALS = [undefined, undefined, 0, 100, 2000];

/**
 * Rounds of all kinds of increments until `stop`, several under way at a time, and reads beside them.
 *
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {import('./protocol.js').RecordedLoad} load
 * @param {import('typeorm').DataSource} dataSource
 */
export function startRecordedLoad(counters, load, dataSource) {
  const { file, rounds, reads, books, pause, overlap = 6, ...mix } = load;
  const record = openRecord(file);
  const total = { rounds: 0, reads: 0, failed: {} };
  const underWay = new Set();
  let stopped = false;

  const countFailures = (failed) => {
    for (const [code, number] of Object.entries(failed)) {
      total.failed[code] = (total.failed[code] ?? 0) + number;
    }
    if ('SHUT_DOWN' in failed) stopped = true;
  };

  async function round() {
    const groups = groupsOf(mix);
    const failed = await Promise.all(groups.map((group) => callRecorded(counters, record, group)));
    failed.forEach(countFailures);
    total.rounds++;
  }

  async function count() {
    while (!stopped) {
      const running = round().finally(() => underWay.delete(running));
      underWay.add(running);
      await sleep(pause);
      if (underWay.size >= overlap) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  }

  async function read() {
    while (!stopped) {
      const begun = now();
      const names = Math.random() < 0.2 ? [pick(HOT)] : [...HOT, ...GROWING];
      try {
        const values = await counters.getCounts(names, { bigint: true });
        record.read(begun, names, values);
        total.reads++;
      } catch (error) {
        countFailures({ [`read: ${error.code}`]: 1 });
      }
      await sleep(100);
    }
  }

  const booking = {
    stopped: () => stopped,
    onFailure: (code) => countFailures({ [`transaction: ${code}`]: 1 }),
  };
  const running = Promise.all([
    rounds ? count() : undefined,
    reads ? read() : undefined,
    books ? book(dataSource, counters, booking) : undefined,
  ]);
  return {
    async stop() {
      stopped = true;
      await running;
      record.close();
      return total;
    },
  };
}

/** One round. */
function groupsOf({ times, many: prefix }) {
  const drawn = (count, draw) => Array.from({ length: count }, draw);
  const many = () => ({
    name: `${prefix}:${period(MANY_PERIOD)}:${whole(MANY)}`,
    delta: pick([1, 1, 2, 5, -1, -3]),
    updateInterval: pick(INTERVALS),
  });
  const keyed = () => ({ name: `keyed:${whole(20)}`, delta: 7, key: keyOfNow() });
  const viewed = { name: `viewed:${whole(3)}`, delta: 3, key: keyOfNow(), once: 'count' };
  const liked = { name: `liked:${whole(3)}`, delta: 3, key: `visitor ${whole(VISITORS)}` };
  const one = keyed();
  return [
    { operations: [{ name: pick(HOT), delta: 1, times }] },
    { operations: drawn(4, () => ({ name: pick(GROWING), delta: 1 + whole(3), times: 10 })) },
    { operations: ['both:0', 'both:1'].map((name) => ({ name, delta: pick([3, -2]), times: 20 })) },
    { operations: drawn(12, many) },
    { method: 'incrMany', operations: drawn(8, () => ({ name: `bulk:${whole(200)}`, delta: 1 })) },
    // the same key twice at once, and by other processes
    { operations: [one, one, keyed()] },
    { method: 'once', operations: [viewed, viewed, { ...liked, once: pick(['count', 'undo']) }] },
    { method: 'incrAndGet', operations: [{ name: `ticket:${whole(3)}`, delta: 1, times: 2 }] },
  ];
}

const whole = (below) => Math.floor(Math.random() * below);
const pick = (items) => items[whole(items.length)];
const period = (milliseconds) => Math.floor(Date.now() / milliseconds);
const keyOfNow = () => `${period(KEY_PERIOD)}-${whole(KEYS)}`;
