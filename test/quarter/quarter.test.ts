import { expect, onTestFinished, test } from 'vitest';
import { buildWith, type Rule } from '../random-faults/left-out-rules.js';
import { run } from './run.js';
import { MONTH_END, QUARTER } from './scenarios.js';

test('in a quarter of 2,000 tenants each invoice is what was sent, no quota is exceeded, and each threshold is told once', async () => {
  const report = await run(QUARTER);
  expect(report.wrong).toEqual([]);
  expect(report.invoices).toBeGreaterThan(6000);
  expect(report.quotaMonths).toBeGreaterThan(4000);
  expect(report.crossings).toBeGreaterThan(2000);
  expect(report.lateCounts).toBeGreaterThan(500);
}, 1_200_000);

/** What the books must find where the package is wrong. */
const MISTAKES: readonly [string, RegExp, Rule][] = [
  [
    'a closed month takes what came too late',
    /^invoice: \w+ of 2027-01/,
    {
      file: 'database/closing/sql-closings.js',
      text: 'await this.query(it, (w) => insertLate(w, taken));',
      instead:
        'await closedRows.correct(it, taken); await this.query(it, (w) => insertLate(w, taken));',
    },
  ],
  [
    'a month that was billed is moved with its tenant',
    /^(invoice|late): messages of 2027-0/,
    {
      file: 'database/closing/sql-closed-rows.js',
      text: 'return staying(batch, await this.closedAmong(connection, moved));',
      instead: 'return batch;',
    },
  ],
  [
    'a refund goes to the present month',
    /^quota: calls from/,
    {
      file: 'metering/service/quota-taker.js',
      text: 'return attempt?.undo();',
      instead: `{
        const madeAt = Date.now();
        const { window: kept, own } = boundTo(window, madeAt);
        const back = { name: counter, delta: -delta, windows: kept && [kept], own, madeAt };
        return this.parts.buffer.enter(back, 1000).acknowledged;
      }`,
    },
  ],
  [
    'a quota lets one more through',
    /^quota: tenant-\d+ in the month of \S+ has 13 of 12/,
    {
      file: 'metering/service/quota-taker.js',
      text: 'String(lowest.reduce((a, b) => (a < b ? a : b)))',
      instead: 'String(lowest.reduce((a, b) => (a < b ? a : b)) + 1n)',
    },
  ],
  [
    'a threshold is told by two processes',
    /^threshold: times told: .* has 2 instead of 1/,
    { file: 'metering/service/thresholds.js', text: "max: '1'", instead: "max: '2'" },
  ],
  [
    'an invoice leaves out what waits',
    /^invoice: \w+ of 2027-0\d: tenant-\d+ has/,
    {
      file: 'reading/usage/usage-reader.js',
      text: 'const added = pending + (batchCounts ? claimed : 0n);',
      instead: 'const added = 0n;',
    },
  ],
];

test.each(MISTAKES)('it would be seen where %s', async (name, found, rule) => {
  const { program, remove } = await buildWith(name.replaceAll(' ', '-'), rule);
  onTestFinished(remove);
  const { wrong } = await run({ ...MONTH_END, program });
  expect(wrong).toContainEqual(expect.stringMatching(found));
});
