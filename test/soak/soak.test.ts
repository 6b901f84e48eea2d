import { expect, test } from 'vitest';
import { run } from './run.js';
import { judge } from './verdict.js';

/** A window is short here, and the machine busy: what grows without end grows by more. */
const TOLERANCE = { rates: 1.5, levels: 1.5 };

test('under a steady load nothing grows with time', { timeout: 240_000 }, async () => {
  const settings = {
    deployments: [
      { kind: 'hot', processes: 1 },
      { kind: 'mixed', processes: 3 },
    ] as const,
    milliseconds: 25_000,
    warmUp: 7000,
    window: 8000,
    intervals: [0, 500, 2000],
    names: 1000,
    idempotencyTtl: 5000,
  };
  const verdict = judge(await run(settings), settings, TOLERANCE);
  expect(verdict.grown).toEqual([]);
  expect(verdict.rows.find(({ measure }) => measure === 'calls a second')?.last).toBeGreaterThan(1);
});
