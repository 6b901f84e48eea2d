import { expect, test } from 'vitest';
import { problemsOf } from '../../../lib/counting/problems.js';

const buffer = { entries: 0, increments: 0, limit: 10 };
const well = { outages: [], buffer, partitions: [{}, {}] };
const codes = (facts: Partial<Parameters<typeof problemsOf>[0]>): string[] =>
  problemsOf({ ...well, ...facts }, 30_000).map(({ code }) => code);

test('where all is well there is none, also while counts wait for their time', () => {
  expect(codes({})).toEqual([]);
  expect(codes({ partitions: [{ overdueBy: -5000, pending: 9 }] })).toEqual([]);
  expect(codes({ partitions: [{ overdueBy: 20_000, batchAge: 900 }] })).toEqual([]);
});

test('the worst come first, each once for all partitions, with what they mean and what to do', () => {
  const jobs = { waiting: 0, paused: 2, active: 0, delayed: 0, failed: 0 };
  const since = new Date();
  const problems = problemsOf(
    {
      outages: [
        { of: 'queue', since, error: 'OOM' },
        { of: 'write', since, error: 'OOM command not allowed' },
      ],
      buffer: { ...buffer, entries: 10 },
      partitions: [
        { parked: 1, overflowed: 2, overdueBy: 40_000, jobs },
        { parked: 2, refused: 3, batchAge: 90_000, jobs },
      ],
    },
    30_000,
  );
  expect(problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'FC-NOT-ACCEPTING high',
    'FC-OVERDUE high',
    'FC-PARKED high',
    'FC-OVERFLOWED high',
    'FC-REFUSED-ROWS high',
    'FC-QUEUES-FAIL medium',
    'FC-BACKPRESSURE medium',
    'FC-QUEUES-PAUSED medium',
  ]);
  expect(problems[0]).toMatchObject({ since, text: expect.stringContaining('OOM') as string });
  expect(problems[1]?.text).toContain('90 s');
  expect(problems[2]?.text).toMatch(/^3 parcels/);
  expect(problems[7]?.text).toContain('4 jobs');
  for (const { text, next } of problems)
    expect(Math.min(text.length, next.length)).toBeGreaterThan(20);
});
