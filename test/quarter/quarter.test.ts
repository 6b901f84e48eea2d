import { expect, onTestFinished, test } from 'vitest';
import { buildWithout, type RuleName } from '../random-faults/left-out-rules.js';
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
const MISTAKES: readonly [RuleName, RegExp][] = [
  ['closed months take what came too late', /^invoice: \w+ of 2027-01/],
  ['months that were billed are moved', /^(invoice|late): messages of 2027-0/],
  ['refunds go to the present month', /^quota: calls from/],
  ['quotas let one more through', /^quota: tenant-\d+ in the month of \S+ has 13 of 12/],
  ['thresholds are told by two processes', /^threshold: times told: .* has 2 instead of 1/],
  ['usage leaves out what waits', /^invoice: \w+ of 2027-0\d: tenant-\d+ has/],
];

test.each(MISTAKES)('it would be seen where %s', async (rule, found) => {
  const { program, remove } = await buildWithout(rule);
  onTestFinished(remove);
  const { wrong } = await run({ ...MONTH_END, program });
  expect(wrong).toContainEqual(expect.stringMatching(found));
});
