import { expect, test } from 'vitest';
import { run } from './run.js';
import { MONTH_END } from './scenarios.js';

test('over the end of a month each invoice is what was sent, no quota is exceeded, and each threshold is told once', async () => {
  const report = await run(MONTH_END);
  expect(report.wrong).toEqual([]);
  for (const much of [report.invoices, report.quotaMonths, report.crossings, report.lateCounts]) {
    expect(much).toBeGreaterThan(20);
  }
});
