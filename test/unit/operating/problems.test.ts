import { expect, test } from 'vitest';
import { ProblemList } from '../../../lib/operating/problem-list.js';
import type { Facts } from '../../../lib/operating/problems.js';
import { PastIncidents } from '../../../lib/operating/past-incidents.js';
import { PROBLEM_TABLE } from '../../../lib/operating/problem-table.js';
import { CounterEvents } from '../../../lib/index.js';

const buffer = { entries: 0, increments: 0, limit: 10 };
const well: Facts = {
  ...{ silent: {}, outages: [], buffer, partitions: [{}, {}], patience: 30_000 },
  ...{ incident: () => undefined, misconfigurations: [], neglected: false },
};
const codes = (facts: Partial<Facts>): string[] =>
  new ProblemList().of({ ...well, ...facts }).map(({ code }) => code);

test('where all is well there is none, also while counts wait for their time', () => {
  expect(codes({})).toEqual([]);
  expect(codes({ partitions: [{ overdueBy: -5000, pending: 9 }] })).toEqual([]);
  expect(codes({ partitions: [{ overdueBy: 20_000, batchAge: 900 }] })).toEqual([]);
});

test('the worst come first, each once for all partitions, with what they mean and what to do', () => {
  const jobs = { waiting: 0, paused: 2, active: 0, delayed: 0, failed: 0 };
  const since = new Date();
  const silent = {
    redis: { since, error: 'gone', partitions: [1, 3] },
    database: { error: 'off' },
  };
  const problems = new ProblemList().of({
    silent,
    outages: (['queue', 'write', 'read', 'persist'] as const).map((of) => ({
      ...{ of, since, error: 'OOM command not allowed' },
    })),
    buffer: { ...buffer, entries: 10 },
    partitions: [
      { parked: 1, overflowed: 2, overdueBy: 40_000, jobs },
      { parked: 2, refused: 3, batchAge: 90_000, jobs },
    ],
    outbox: { waiting: 1, refused: 2, oldestMs: 10 },
    patience: 30_000,
    missingWorkers: since,
    incident: (kind) => {
      if (kind === 'newCounterLimit') return { since, partitions: new Set() };
      const isPast = ['redisWiped', 'rowsChanged', 'columnRefused', 'slowBatch'].includes(kind);
      return isPast ? { since, partitions: new Set([3, 0]) } : undefined;
    },
    misconfigurations: [
      { since, message: 'no append-only file' },
      { since: new Date(), message: 'a right is missing' },
    ],
    overlap: { others: 2, since },
    neglected: true,
  });
  expect(problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'FC-REDIS-AWAY high',
    'FC-DATABASE-AWAY high',
    'FC-NO-WORKERS high',
    'FC-NOT-ACCEPTING high',
    'FC-NOT-PERSISTING high',
    'FC-NOT-READING high',
    'FC-OVERDUE high',
    'FC-PARKED high',
    'FC-OVERFLOWED high',
    'FC-REFUSED-ROWS high',
    'FC-OUTBOX high',
    'FC-WIPED high',
    'FC-MISCONFIGURED high',
    'FC-EMBEDDED-OVERLAP high',
    'FC-NOT-STARTED medium',
    'FC-BACKPRESSURE medium',
    'FC-QUEUES-FAIL medium',
    'FC-QUEUES-PAUSED medium',
    'FC-ROWS-CHANGED medium',
    'FC-COLUMNS medium',
    'FC-SLOW-BATCHES medium',
    'FC-NEW-COUNTERS medium',
  ]);
  const text = (code: string) => problems.find((it) => it.code === code)?.text;
  expect(problems[3]).toMatchObject({ since, text: expect.stringContaining('OOM') as string });
  expect(problems[0]).toMatchObject({ since });
  expect(text('FC-REDIS-AWAY')).toBe('Redis does not answer this process (partitions 1, 3). gone');
  expect(text('FC-DATABASE-AWAY')).toBe('The database does not answer this process. off');
  expect(text('FC-OVERDUE')).toContain('90 s');
  expect(text('FC-PARKED')).toMatch(/^3 parcels/);
  expect(text('FC-WIPED')).toContain('partitions 0, 3');
  expect(text('FC-MISCONFIGURED')).toContain('no append-only file. a right is missing');
  expect(text('FC-NEW-COUNTERS')).not.toContain('partitions');
  expect(text('FC-QUEUES-PAUSED')).toContain('4 jobs');
  for (const { text, next, since } of problems) {
    expect(Math.min(text.length, next.length)).toBeGreaterThan(20);
    expect(since).toBeInstanceOf(Date);
  }
});

test('that the queues fail is left out while all of Redis is away, as no count gets out of it', () => {
  const since = new Date();
  const outages = [{ of: 'queue', since, error: 'gone' }] as const;
  expect(codes({ outages })).toEqual(['FC-QUEUES-FAIL']);
  expect(codes({ outages, silent: { redis: { error: 'gone' } } })).toEqual(['FC-REDIS-AWAY']);
  const inPart = { redis: { error: 'gone', partitions: [1] } };
  expect(codes({ outages, silent: inPart })).toEqual(['FC-REDIS-AWAY', 'FC-QUEUES-FAIL']);
  const database = { error: 'gone' };
  expect(codes({ outages, silent: { database } })).toEqual(['FC-DATABASE-AWAY', 'FC-QUEUES-FAIL']);
});

test('a buffer that is refusing is a problem also while it has room for a moment', () => {
  const refusingSince = new Date(0);
  const [problem] = new ProblemList().of({ ...well, refusingSince });
  expect(problem).toMatchObject({ code: 'FC-BACKPRESSURE', since: refusingSince });
  expect(codes({ buffer: { ...buffer, entries: 10 } })).toEqual(['FC-BACKPRESSURE']);
});

test('each begins when it was seen first, and anew when it comes again', async () => {
  const problems = new ProblemList();
  const parked: Facts = { ...well, partitions: [{ parked: 1 }] };
  const [first] = problems.of(parked);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(problems.of({ ...parked, neglected: true })[0]?.since).toBe(first?.since);
  expect(problems.of(well)).toEqual([]);
  expect(problems.of(parked)[0]?.since.getTime()).toBeGreaterThan(first?.since.getTime() ?? NaN);
});

test('a loss that is over stays for an hour behind its last event, one for all partitions', () => {
  const events = new CounterEvents();
  let now = 0;
  const losses = new PastIncidents(events, () => now);
  const seen = () => new ProblemList().of({ ...well, incident: (kind) => losses.get(kind) });
  events.emit('redisLostWrites', { partition: 4 });
  now += 3_000_000;
  events.emit('redisLostWrites', { partition: 1 });
  events.emit('databaseWentBack', { partition: 0, seq: 7, missing: 3 });
  events.emit('rowsChanged', { partition: 2, counters: ['a'] });
  events.emit('slowBatch', { partition: 2, counters: 500, error: 'canceled' });
  events.emit('newCounterLimit', { prefix: 'a', limit: 1, interval: 1000, overflow: 'a(other)' });
  expect(seen().map(({ code }) => code)).toEqual([
    ...['FC-LOST-WRITES', 'FC-DATABASE-BEHIND'],
    ...['FC-ROWS-CHANGED', 'FC-SLOW-BATCHES', 'FC-NEW-COUNTERS'],
  ]);
  expect(seen()[0]?.text).toContain('1, 4');
  now += 3_500_000;
  expect(seen()).toHaveLength(5);
  now += 200_000;
  expect(seen()).toEqual([]);
});

test('every code has its row', () => {
  const listed = PROBLEM_TABLE.map(([code]) => code);
  expect(new Set(listed).size).toBe(listed.length);
  for (const code of listed) expect(code).toMatch(/^FC-[A-Z-]+$/);
});

test('increments of transactions that wait for long are a problem, and those that are refused', () => {
  const waiting = { waiting: 3, refused: 0 };
  expect(codes({ outbox: { ...waiting, oldestMs: 20_000 } })).toEqual([]);
  expect(codes({ outbox: { ...waiting, oldestMs: 40_000 } })).toEqual(['FC-OUTBOX']);
  expect(codes({ outbox: { waiting: 0, refused: 1 } })).toEqual(['FC-OUTBOX']);
});
