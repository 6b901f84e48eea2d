import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { OwnLedger } from '../../../lib/database/counter-store.js';
import { LogLines } from '../../../lib/incidents/log-lines.js';
import { CounterEvents, type CounterStatus, type ProblemCode } from '../../../lib/index.js';
import { logEvents } from '../../../lib/module/event-log.js';
import { PROBLEM_TABLE } from '../../../lib/operating/problem-table.js';
import { FOUND_BY, ProblemEnds } from '../../../lib/operating/status/problem-ends.js';
import { EmbeddedPresence } from '../../../lib/persisting/neighbours/embedded-presence.js';

const LOOK = 5;

function logged() {
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const log = new LogLines('mine', { log: write, warn: write, error: write });
  return { lines, log };
}

/** Looks for ends of what the log tells, where these problems are there, and the servers say so. */
function looking() {
  const { lines, log } = logged();
  const there = new Set<ProblemCode>();
  const known = { isRedisAway: false, hasOutbox: true, flickers: false };
  let asked = 0;
  const problems = () =>
    [...there].map((code) => ({
      ...({ code, severity: 'high', since: new Date(), text: '', next: '' } as const),
    }));
  const reporter = {
    ownProblems: () => problems().filter(({ code }) => FOUND_BY[code] === 'process'),
    status: () => {
      asked++;
      const { isRedisAway, hasOutbox, flickers } = known;
      return Promise.resolve({
        problems: isRedisAway || (flickers && asked % 2 === 0) ? [] : problems(),
        cache: { answers: !isRedisAway },
        database: { answers: true },
        partitions: [isRedisAway ? {} : { seeded: true, jobs: {} }],
        outbox: hasOutbox ? { waiting: 0, refused: 0 } : undefined,
      } as unknown as CounterStatus);
    },
  };
  const ends = new ProblemEnds(reporter, log, LOOK);
  ends.start();
  onTestFinished(() => ends.stop());
  const tell = (code: ProblemCode): void => {
    there.add(code);
    log.of(code).warn('It is wrong');
  };
  return { lines, log, there, known, tell, asked: () => asked };
}

const looks = (): Promise<void> => sleep(LOOK * 8);
const ending = (code: string): unknown =>
  expect.stringMatching(new RegExp(`^${code} mine: This problem has ended, 0 s after it was told`));

const byLooks = PROBLEM_TABLE.map(([code]) => code).filter((code) =>
  ['process', 'servers'].includes(FOUND_BY[code]),
);

describe('the end of a problem that the log told of', () => {
  test.each(byLooks)('is a line, once, when the problem is gone: %s', async (code) => {
    const { lines, there, tell } = looking();
    tell(code);
    await looks();
    expect(lines).toHaveLength(1);
    there.delete(code);
    await expect.poll(() => lines).toEqual([expect.any(String), ending(code)]);
    await looks();
    expect(lines).toHaveLength(2);
  });

  test('is not told while the servers do not say so', async () => {
    const { lines, there, known, tell } = looking();
    known.isRedisAway = true;
    tell('FC-PARKED');
    await looks();
    known.isRedisAway = false;
    known.hasOutbox = false;
    tell('FC-OUTBOX');
    there.delete('FC-OUTBOX');
    await looks();
    expect(lines).toHaveLength(2);
    known.hasOutbox = true;
    await expect.poll(() => lines.slice(2)).toEqual([ending('FC-OUTBOX')]);
  });

  test('is not told where the problem is missing at one look alone', async () => {
    const { lines, known, tell } = looking();
    known.flickers = true;
    tell('FC-QUEUES-PAUSED');
    await looks();
    expect(lines).toHaveLength(1);
  });

  test('is looked for in servers only while there is one to be told', async () => {
    const { lines, there, tell, asked } = looking();
    tell('FC-BACKPRESSURE');
    await looks();
    expect(asked()).toBe(0);
    tell('FC-PARKED');
    await expect.poll(asked).toBeGreaterThan(0);
    there.clear();
    await expect.poll(() => lines).toHaveLength(4);
    const before = asked();
    await looks();
    expect(asked()).toBe(before);
  });

  test('is followed by a line at once, where the problem comes again', async () => {
    const { lines, log, there } = looking();
    const events = new CounterEvents();
    logEvents(events, log);
    const pause = (): void => {
      there.add('FC-QUEUES-PAUSED');
      for (const partition of [0, 1]) events.emit('queuePaused', { partition, jobs: 1 });
    };
    pause();
    await looks();
    there.clear();
    await expect.poll(() => lines).toHaveLength(2);
    pause();
    expect(lines).toEqual([
      expect.stringContaining('is paused'),
      ending('FC-QUEUES-PAUSED'),
      expect.stringContaining('is paused'),
    ]);
  });
});

/** How each problem begins and ends, of which an event tells both. */
const BY_EVENTS: Partial<Record<ProblemCode, readonly [() => unknown, () => unknown]>> = {};
const { lines: told, log } = logged();
const events = new CounterEvents();
logEvents(events, log);
Object.assign(events, { lines: log });
for (const [of, code] of [
  ['write', 'FC-NOT-ACCEPTING'],
  ['persist', 'FC-NOT-PERSISTING'],
  ['read', 'FC-NOT-READING'],
  ['queue', 'FC-QUEUES-FAIL'],
] as const) {
  BY_EVENTS[code] = [
    () => events.outages.failed(of, 0, new Error('away')),
    () => events.outages.succeeded(of, 0),
  ];
}
BY_EVENTS['FC-NO-WORKERS'] = [
  () => events.emit('noWorkers', { milliseconds: 30_000, counters: 1 }),
  () => events.emit('workersBack', { milliseconds: 40_000 }),
];
BY_EVENTS['FC-MISCONFIGURED'] = [
  () => events.misconfigurations.tell('it', 'It is wrong'),
  () => events.misconfigurations.mended('it'),
];
const others = new Map([['other', '1']]);
const ledger = {
  touch: () => Promise.resolve(new Map(others)),
  removeAbandoned: () => Promise.resolve(),
};
const presence = new EmbeddedPresence(ledger as unknown as OwnLedger, events, LOOK);
afterAll(() => presence.stop());
BY_EVENTS['FC-EMBEDDED-OVERLAP'] = [() => presence.start(), () => others.clear()];

test.each(PROBLEM_TABLE.map(([code]) => code).filter((code) => FOUND_BY[code] === 'event'))(
  'who tells of a problem by events tells its end: %s',
  async (code) => {
    const [begin, end] = BY_EVENTS[code] ?? [];
    begin?.();
    await expect.poll(() => told.at(-1)).toMatch(new RegExp(`^${code} mine: `));
    expect([...log.open.keys()]).toEqual([code]);
    end?.();
    await expect.poll(() => [...log.open.keys()]).toEqual([]);
    expect(told.at(-1)).toMatch(new RegExp(`^${code} mine: `));
  },
);
