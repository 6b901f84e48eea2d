import { describe, expect, test } from 'vitest';
import { COUNTING, type HealthCheck, INTACT, PERSISTING } from '../../lib/health/checks.js';
import type { CounterStatus, ProblemCode } from '../../lib/index.js';

const NOW = 1_000_000_000_000;
const worker = { host: 'here', pid: 1, version: '0.2.0', seenAt: new Date(NOW) };

/** A status without problems, with what a test changes. */
function status(given: Partial<CounterStatus> & { since?: Partial<Record<ProblemCode, number>> }) {
  const { since = {}, ...rest } = given;
  const problems = Object.entries(since).map(([code, age]) => ({
    ...{ code: code as ProblemCode, severity: 'high' as const, text: '', next: '' },
    since: new Date(NOW - age),
  }));
  return {
    ...{ cache: { answers: true }, database: { answers: true }, outages: [], partitions: [] },
    persisting: { overdueMs: 0, workers: [{ ...worker, silentMs: 0 }] },
    buffer: { entries: 0, increments: 0, limit: 100 },
    refused: {},
    problems,
    ...rest,
  } satisfies CounterStatus;
}

const reasons = (check: HealthCheck, given: Parameters<typeof status>[0]): ProblemCode[] =>
  check.down({
    status: status(given),
    ...{ now: NOW, acknowledgeTimeout: 10_000, patience: 30_000 },
  });

describe('counting is down', () => {
  const of = (given: Parameters<typeof status>[0]) => reasons(COUNTING, given);

  test('not where all is well, and not where counts do not get to the database', () => {
    expect(of({})).toEqual([]);
    const since = { 'FC-NOT-PERSISTING': 1e9, 'FC-OVERDUE': 1e9, 'FC-DATABASE-AWAY': 1e9 };
    expect(of({ since })).toEqual([]);
  });

  test('two seconds after a Redis that answers began to refuse writes', () => {
    expect(of({ since: { 'FC-NOT-ACCEPTING': 1_999 } })).toEqual([]);
    expect(of({ since: { 'FC-NOT-ACCEPTING': 2_000 } })).toEqual(['FC-NOT-ACCEPTING']);
  });

  test('where Redis answers nothing, after acknowledgeTimeout', () => {
    const cache = { answers: false, error: 'gone' };
    expect(of({ cache, since: { 'FC-NOT-ACCEPTING': 9_999, 'FC-REDIS-AWAY': 9_999 } })).toEqual([]);
    const since = { 'FC-NOT-ACCEPTING': 10_000, 'FC-REDIS-AWAY': 10_000 };
    expect(of({ cache, since })).toEqual(['FC-REDIS-AWAY', 'FC-NOT-ACCEPTING']);
  });

  test('where nothing was acknowledged for acknowledgeTimeout, and not where one entry alone waits', () => {
    const waiting = (oldestMs: number) => ({ entries: 1, increments: 1, limit: 100, oldestMs });
    expect(of({ buffer: waiting(9_999) })).toEqual([]);
    expect(of({ buffer: waiting(10_000) })).toEqual(['FC-NOT-ACCEPTING']);
    const acknowledged = (age: number) => ({
      ...{ answers: true, accepts: true, lastWrite: { at: new Date(NOW - age) } },
    });
    expect(of({ buffer: waiting(20_000), cache: acknowledged(9_999) })).toEqual([]);
    expect(of({ buffer: waiting(20_000), cache: acknowledged(10_000) })).toEqual([
      'FC-NOT-ACCEPTING',
    ]);
  });

  test('where the buffer is above four fifths, or refused increments', () => {
    const holding = (entries: number) => ({ entries, increments: entries, limit: 100 });
    expect(of({ buffer: holding(80) })).toEqual([]);
    expect(of({ buffer: holding(81) })).toEqual(['FC-BACKPRESSURE']);
    expect(of({ since: { 'FC-BACKPRESSURE': 0 } })).toEqual(['FC-BACKPRESSURE']);
  });

  test('where this process must not count here, until that is mended', () => {
    const refused = { QUEUE_COUNT_MISMATCH: 3 };
    expect(of({ refused, since: { 'FC-MISCONFIGURED': 1 } })).toEqual(['FC-MISCONFIGURED']);
    expect(of({ refused })).toEqual([]);
    expect(of({ refused: { INVALID_ARGUMENT: 3 }, since: { 'FC-MISCONFIGURED': 1 } })).toEqual([]);
  });
});

describe('persisting is down', () => {
  const of = (given: Parameters<typeof status>[0]) => reasons(PERSISTING, given);
  test('where counts are overdue, and not as soon as the database is away', () => {
    expect(of({})).toEqual([]);
    const since = { 'FC-DATABASE-AWAY': 20_000, 'FC-NOT-PERSISTING': 20_000 };
    expect(of({ since })).toEqual([]);
    expect(of({ since: { ...since, 'FC-OVERDUE': 31_000 } })).toEqual(['FC-OVERDUE']);
  });

  test('where workers are missing, as the status says: where nothing waits, nobody is missed', () => {
    expect(of({ persisting: { overdueMs: 0, workers: [] } })).toEqual([]);
    const silent = [{ ...worker, silentMs: 600_000 }];
    expect(of({ persisting: { overdueMs: 0, workers: silent } })).toEqual([]);
    expect(of({ since: { 'FC-NO-WORKERS': 1 } })).toEqual(['FC-NO-WORKERS']);
  });

  test('where Redis, which knows, is away for longer than counts may be late', () => {
    const persisting = {};
    expect(of({ persisting, since: { 'FC-REDIS-AWAY': 29_999 } })).toEqual([]);
    expect(of({ persisting, since: { 'FC-REDIS-AWAY': 30_000 } })).toEqual(['FC-REDIS-AWAY']);
  });
});

test('intact is down where something is put aside or nobody can tell, and not for what is lost for good', () => {
  const of = (given: Parameters<typeof status>[0]) => reasons(INTACT, given);
  expect(of({ since: { 'FC-WIPED': 1, 'FC-LOST-WRITES': 1, 'FC-DATABASE-BEHIND': 1 } })).toEqual(
    [],
  );
  for (const code of ['FC-PARKED', 'FC-OVERFLOWED', 'FC-REFUSED-ROWS'] as const) {
    expect(of({ since: { [code]: 1 } })).toEqual([code]);
  }
  // it is not known then
  expect(of({ since: { 'FC-REDIS-AWAY': 29_999, 'FC-DATABASE-AWAY': 1e9 } })).toEqual([]);
  expect(of({ since: { 'FC-REDIS-AWAY': 30_000 } })).toEqual(['FC-REDIS-AWAY']);
  // what waits for workers is only late
  expect(of({ outbox: { waiting: 9, refused: 0 }, since: { 'FC-OUTBOX': 1 } })).toEqual([]);
  expect(of({ outbox: { waiting: 9, refused: 1 }, since: { 'FC-OUTBOX': 1 } })).toEqual([
    'FC-OUTBOX',
  ]);
});
