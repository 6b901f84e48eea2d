import { describe, expect, it } from 'vitest';
import { readDetails, type SeenProcess, writeDetails } from '../../../lib/cache/processes.js';
import { refusedBy, withTold } from '../../../lib/cli/looking/told-problems.js';
import { PROBLEM_TABLE } from '../../../lib/operating/problem-table.js';
import type { Problem, ProblemCode } from '../../../lib/operating/problems.js';
import { isOwn } from '../../../lib/operating/status/own-problems.js';

const NOW = 1_790_000_000_000;

const told = (code: string, ago = 0) => ({
  ...{ code, since: NOW - ago, text: `${code} is told`, next: 'Do it' },
});

const process = (pid: number, more: Partial<SeenProcess> = {}): SeenProcess => ({
  ...{ host: 'one', pid, version: '0.2.0', persists: true, deliveredUntil: 0 },
  ...{ seenAt: new Date(NOW), age: 0, unheardFor: 0, ...more },
});

const problem = (code: ProblemCode, severity: Problem['severity']): Problem => ({
  ...{ code, severity, since: new Date(NOW), text: `${code} is found`, next: 'Do this' },
});

describe('what processes tell', () => {
  it('is a problem beside those that are found, once for all processes, the worst first', () => {
    const found = [problem('FC-OVERDUE', 'high'), problem('FC-QUEUES-PAUSED', 'medium')];
    const all = withTold(found, [
      process(1, {
        told: { problems: [told('FC-WIPED', 50), told('FC-BACKPRESSURE')], refused: {} },
      }),
      process(2),
      process(3, { told: { problems: [told('FC-WIPED', 90)], refused: {} } }),
    ]);
    const codes = ['FC-OVERDUE', 'FC-WIPED', 'FC-BACKPRESSURE', 'FC-QUEUES-PAUSED'];
    expect(all.map(({ code }) => code)).toEqual(codes);
    expect(all[1]).toEqual({
      ...{ code: 'FC-WIPED', severity: 'high', since: new Date(NOW - 90), next: 'Do it' },
      text: 'FC-WIPED is told (told by one:1 and 1 other process)',
    });
    expect(all[0]).toBe(found[0]);
  });

  it('is what no look from outside finds, and of the present only while the process runs', () => {
    const problems = [
      ...[told('FC-BACKPRESSURE'), told('FC-LOST-WRITES'), told('FC-REDIS-AWAY')],
      told('FC-NOT-PERSISTING'),
    ];
    const note = { problems, refused: { BACKPRESSURE: 7 } };
    const codesOf = (age: number): string[] =>
      withTold([], [process(1, { age, told: note })]).map(({ code }) => code);
    expect(codesOf(9_000)).toEqual(['FC-NOT-PERSISTING', 'FC-LOST-WRITES', 'FC-BACKPRESSURE']);
    expect(codesOf(40_000)).toEqual(['FC-LOST-WRITES']);
    expect(refusedBy([process(1, { age: 40_000, told: note })])).toEqual({});
  });

  it('is every problem that those who look do not find themselves', () => {
    const found = [
      ...['FC-REDIS-AWAY', 'FC-DATABASE-AWAY', 'FC-NO-WORKERS', 'FC-OVERDUE', 'FC-PARKED'],
      ...['FC-OVERFLOWED', 'FC-REFUSED-ROWS', 'FC-OUTBOX', 'FC-QUEUES-PAUSED'],
      // counts of an embedded process are nowhere to be looked at
      'FC-EMBEDDED-OVERLAP',
    ];
    const codes = PROBLEM_TABLE.map(([code]) => code);
    expect(codes.filter((code) => !isOwn({ code })).toSorted()).toEqual(found.toSorted());
  });

  it('is also how many callers were refused', () => {
    const refusing = (pid: number, refused: Record<string, number>) =>
      process(pid, { told: { problems: [], refused } });
    const all = [refusing(1, { BACKPRESSURE: 7 }), refusing(2, { BACKPRESSURE: 1, OVERFLOW: 2 })];
    expect(refusedBy([...all, process(3)])).toEqual({ BACKPRESSURE: 8, OVERFLOW: 2 });
  });

  it('is read of any version, as far as this one knows it', () => {
    const details = { host: 'one', pid: 1, version: '0.1.0', persists: true, deliveredUntil: 5 };
    const before = JSON.stringify(['one', 1, '0.1.0', true, 5]);
    expect(readDetails(before)).toEqual(details);
    expect(writeDetails(details)).toBe(before);
    const note = { problems: [told('FC-WIPED')], refused: { BACKPRESSURE: 1 } };
    expect(readDetails(writeDetails({ ...details, told: note }))).toEqual({
      ...details,
      told: note,
    });
    const odd = [['FC-WIPED'], 7, null, ['FC-NEW', 1, 'text', 'next', 'more']];
    const later = JSON.stringify(['one', 1, '0.1.0', true, 5, odd, { X: 'many', Y: 2 }, 'more']);
    expect(readDetails(later)?.told).toEqual({
      problems: [{ code: 'FC-NEW', since: 1, text: 'text', next: 'next' }],
      refused: { Y: 2 },
    });
    expect(withTold([], [process(1, readDetails(later))])).toEqual([]);
  });
});
