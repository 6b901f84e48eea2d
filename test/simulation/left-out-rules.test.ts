import { describe, expect, test } from 'vitest';
import { MUTATIONS } from './mutations.js';
import { useSimulation } from './simulating.js';

/** Enough seeds for any rule that is left out: a hundred are, for most. It stops at the first that shows it. */
const SEEDS = 2000;
/** What a rule that is left out must not bring about: then something else was left out with it. */
const BROKEN = /\b(Type|Reference|Syntax|Range)Error\b/;

describe('the simulation', () => {
  const { runTask } = useSimulation();

  /** The violations of the first seed that has any. */
  async function firstViolations(mutation: string): Promise<string> {
    const task = { from: 1, until: 1 + SEEDS, step: 1, mutation, trace: false, enough: 1 };
    const { code, output } = await runTask(task);
    expect(code, output).toBe(0);
    return output.split('\n').find((line) => line.includes('"kind":"run"')) ?? '';
  }

  test.each(Object.keys(MUTATIONS))(
    'finds out that a rule is left out: %s',
    { timeout: 120_000 },
    async (mutation) => {
      const violations = await firstViolations(mutation);
      expect(violations).toMatch(/"violations":\["/);
      expect(violations).not.toMatch(BROKEN);
    },
  );
});
