import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type CounterEventMap, CounterEvents } from '../../../lib/index.js';
import { LogLines } from '../../../lib/incidents/log-lines.js';
import { logEvents } from '../../../lib/module/event-log.js';
import { FOUND_BY } from '../../../lib/operating/status/problem-ends.js';
import { payloads } from '../../docs/declarations.js';
import { quoted, readDocument, section, tableRows } from '../../docs/markdown.js';

function logged() {
  const events = new CounterEvents();
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const log = new LogLines('mine', { log: write, warn: write, error: write });
  logEvents(events, log);
  return { events, lines, log };
}

/** One of each. */
const EVENTS: { [Name in keyof CounterEventMap]: CounterEventMap[Name][0] } = {
  acknowledged: { partition: 0, operations: 1 },
  persisted: { partition: 0, seq: 1, counters: 1, milliseconds: 1 },
  persistFailed: { partition: 0, error: new Error('away') },
  duplicateSkipped: { partition: 0, seq: 1, counters: 1 },
  redisWiped: { partition: 0, ledgerSeq: 1 },
  redisLostWrites: { partition: 0 },
  parked: { partition: 0, ledgerSeq: 1 },
  redisWentBack: { partition: 0, ledgerSeq: 1 },
  changed: { name: 'a', operation: 'set', before: 1n, after: 2n },
  quotaCrossed: { name: 'a', dimensions: {}, threshold: 1, used: 1n, limit: 1n },
  replayed: { partition: 0, parcel: '0/p', counters: 1 },
  discarded: { partition: 0, parcel: '0/p', counters: 1 },
  databaseWentBack: { partition: 0, seq: 9, missing: 3 },
  rowsChanged: { partition: 0, counters: ['a'] },
  overflow: { partition: 0, counters: ['a'] },
  refused: { partition: 0, counters: ['a'], error: 'no' },
  removalRefused: { partition: 0, counters: ['a'], error: 'no' },
  columnMissed: { partition: 0, column: 'Article.views', counters: ['views:1'] },
  columnRefused: { partition: 0, column: 'Article.views', counters: ['views:1'], error: 'no' },
  outboxRefused: { rows: 1, reason: 'unknown' },
  lateCounts: { name: 'api', window: 'day', start: new Date(0), counters: 2 },
  slowBatch: { partition: 0, counters: 9, error: 'canceled' },
  embeddedOverlap: { others: 1, certain: true },
  noWorkers: { milliseconds: 30_000, counters: 1 },
  workersBack: { milliseconds: 90_000 },
  queuePaused: { partition: 0, jobs: 1 },
  backpressure: { limit: 10 },
  newCounterLimit: { prefix: 'a', limit: 1, interval: 1000, overflow: 'a(other)' },
  outcomeUnknown: { partition: 0, operations: 1, reason: 'late' },
  outage: { of: 'write', error: new Error('away') },
  outageLasts: { of: 'read', milliseconds: 300_000, error: new Error('away') },
  recovery: { of: 'queue', milliseconds: 1000 },
  misconfigured: { message: 'It evicts' },
  rejected: { error: new Error('no') },
};
const NAMES = Object.keys(EVENTS) as (keyof CounterEventMap)[];
const emit = (events: CounterEvents, name: keyof CounterEventMap, payload: unknown): unknown =>
  (events.emit as (name: string, payload: unknown) => boolean)(name, payload);

const alarms = section(readDocument('docs/operations.md'), 'What to alarm on');
/** The codes that the document gives each event. */
const documented = new Map(
  tableRows(alarms).map(([event = '', codes = '']) => [quoted(event)[0], quoted(codes)]),
);

test('there is one of each event here', () => {
  const names = payloads('lib/events.ts', 'CounterEventMap').map(({ event }) => event);
  expect(NAMES.toSorted()).toEqual(names.toSorted());
});

test.each(NAMES)('%s: the line has the namespace, and the code of the document', (name) => {
  const { events, lines } = logged();
  emit(events, name, EVENTS[name]);
  const unlogged = [
    'acknowledged',
    'persisted',
    'persistFailed',
    'duplicateSkipped',
    'changed',
    'quotaCrossed',
  ];
  if (unlogged.includes(name)) {
    expect(lines).toEqual([]);
    return;
  }
  expect(lines).toHaveLength(1);
  const [, code, namespace] = /^(?:(FC-[A-Z-]+) )?(\w+): [A-Z0-9]/.exec(lines[0] ?? '') ?? [];
  expect(namespace).toBe('mine');
  const codes = documented.get(name) ?? [];
  if (code === undefined) expect(codes).toEqual([]);
  // what ends or is taken back has the code of what it ends
  else if (documented.has(name)) expect(codes).toContain(code);
});

test.each([
  ...(['redisWiped', 'redisLostWrites', 'parked', 'databaseWentBack'] as const),
  ...(['overflow', 'queuePaused', 'refused', 'rowsChanged', 'slowBatch'] as const),
  ...(['redisWentBack', 'removalRefused'] as const),
])('%s in all partitions is one line', (name) => {
  const { events, lines } = logged();
  for (let partition = 0; partition < 5; partition++) {
    emit(events, name, { ...EVENTS[name], partition });
  }
  expect(lines).toHaveLength(1);
});

test.each([
  ...(
    ['redisWiped', 'redisLostWrites', 'parked', 'redisWentBack', 'databaseWentBack'] as const
  ).map((name) => [name, 60] as const),
  ...(['rowsChanged', 'overflow', 'queuePaused', 'backpressure', 'newCounterLimit'] as const).map(
    (name) => [name, 60] as const,
  ),
  ...(['removalRefused', 'outboxRefused'] as const).map((name) => [name, 600] as const),
  ...(['refused', 'columnMissed', 'columnRefused', 'lateCounts', 'slowBatch'] as const).map(
    (name) => [name, 600] as const,
  ),
  ...(['outcomeUnknown', 'rejected'] as const).map((name) => [name, 10] as const),
])('%s is one line in %i s, and the next one says how many there were', (name, seconds) => {
  const { events, lines } = logged();
  let now = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const tell = (): unknown => emit(events, name, EVENTS[name]);
  tell();
  now += seconds * 1000 - 1;
  tell();
  tell();
  expect(lines).toHaveLength(1);
  now += 1;
  tell();
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('(and 2 more before)');
});

test('each code that a line warns of has an end that is told', () => {
  const events = new CounterEvents();
  const write = (): void => undefined;
  const log = new LogLines('mine', { log: write, warn: write, error: write });
  logEvents(events, log);
  for (const name of NAMES) emit(events, name, EVENTS[name]);
  for (const of of ['write', 'read', 'persist', 'queue']) {
    emit(events, 'outage', { of, error: new Error('away') });
  }
  // whatever ended by these events alone
  emit(events, 'noWorkers', EVENTS.noWorkers);
  const told = Object.entries(FOUND_BY).filter(([, by]) => by !== 'nobody');
  // that Nest did not call the hooks is no event
  const codes = told.map(([code]) => code).filter((code) => code !== 'FC-NOT-STARTED');
  expect([...log.open.keys()].toSorted()).toEqual(codes.toSorted());
});

test('what is parked is told with its cause', () => {
  const { events, lines } = logged();
  emit(events, 'parked', { partition: 2, ledgerSeq: 5, ledgerRemoved: true });
  expect(lines).toEqual([
    expect.stringContaining('The ledger row of this process for partition 2'),
  ]);
  expect(lines.join()).not.toContain('Redis');
});

test('where nothing is put aside, no line has the code of what waits for a decision', () => {
  const { events, lines, log } = logged();
  emit(events, 'redisWentBack', EVENTS.redisWentBack);
  emit(events, 'redisWentBack', { ...EVENTS.redisWentBack, otherRedis: 'other:6379' });
  emit(events, 'removalRefused', EVENTS.removalRefused);
  expect(lines).toEqual([
    expect.stringMatching(/^mine: Redis went back .* so nothing is put aside$/),
    expect.stringMatching(/^mine: The database refuses to remove the rows .* nothing is put aside/),
  ]);
  expect(log.open.size).toBe(0);
  // and what is put aside just after is told at once
  emit(events, 'parked', EVENTS.parked);
  emit(events, 'refused', EVENTS.refused);
  expect([...log.open.keys()]).toEqual(['FC-PARKED', 'FC-REFUSED-ROWS']);
});

test('texts of users and servers make no further lines, however many there are', () => {
  const { events, lines } = logged();
  for (let i = 0; i < 300; i++) {
    const text = `counter bad-${i} is not allowed`;
    emit(events, 'refused', { partition: i % 5, counters: [`bad-${i}`], error: text });
    emit(events, 'slowBatch', { partition: i % 5, counters: i, error: text });
    emit(events, 'rowsChanged', { partition: i % 5, counters: [`bad-${i}`] });
    emit(events, 'overflow', { partition: i % 5, counters: [`bad-${i}`] });
    emit(events, 'parked', { partition: i % 5, ledgerSeq: i, otherRedis: text });
    emit(events, 'outcomeUnknown', { partition: i % 5, operations: 1, reason: text });
    emit(events, 'rejected', { error: new Error(text) });
  }
  expect(lines).toHaveLength(7);
});

test('of limits of new counters, each has its line', () => {
  const { events, lines } = logged();
  for (const prefix of ['a', 'b', 'a']) {
    emit(events, 'newCounterLimit', { ...EVENTS.newCounterLimit, prefix });
  }
  expect(lines).toHaveLength(2);
});

describe('outages that follow one another', () => {
  const fails = (events: CounterEvents, of = 'write') =>
    emit(events, 'outage', { of, error: new Error('away') });
  const works = (events: CounterEvents, of = 'write') =>
    emit(events, 'recovery', { of, milliseconds: 5 });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    return () => vi.useRealTimers();
  });

  test('are one line in a minute, with its end, and the next one says how many there were', () => {
    const { events, lines } = logged();
    for (let i = 0; i < 25; i++) {
      fails(events);
      works(events);
    }
    expect(lines).toEqual([
      expect.stringContaining('Sending increments fails'),
      expect.stringContaining('Sending increments works again'),
    ]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(2);
    fails(events);
    expect(lines[2]).toContain('(and 24 more before)');
  });

  test('are told when the minute is over, if the last of them lasts', () => {
    const { events, lines } = logged();
    fails(events);
    works(events);
    fails(events);
    vi.advanceTimersByTime(59_000);
    expect(lines).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(lines[2]).toContain('Sending increments fails');
    works(events);
    expect(lines[3]).toContain('works again');
  });

  test('of another class are told at once, and nothing is told after the end of the application', () => {
    const { events, lines } = logged();
    fails(events);
    works(events);
    fails(events, 'read');
    expect(lines[2]).toContain('Reading totals fails');
    fails(events);
    events.removeAllListeners();
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(3);
  });
});
