import { describe, expect, test } from 'vitest';
import { HARMLESS } from './mutations.js';
import { useSimulation } from './simulating.js';

describe('the simulation', () => {
  const { simulate } = useSimulation();

  test('two hundred seeds violate nothing', { timeout: 300_000 }, async () => {
    const { code, output } = await simulate('--seeds', '200');
    expect(output).toMatch(/^runs +200 /m);
    expect(output).toMatch(/^violations +0$/m);
    expect(code).toBe(0);
  });

  test('tells how a violation comes about', async () => {
    const args = ['--seeds', '100', '--enough', '1', '--mutation', 'no-ledger'];
    const { code, output } = await simulate(...args);
    expect(output).toMatch(/^violations +[1-9]/m);
    expect(output).toContain('Step by step');
    expect(code).toBe(1);
  });

  test.each(Object.keys(HARMLESS))(
    'finds nothing where work is only saved: %s',
    { timeout: 120_000 },
    async (mutation) => {
      const { code, output } = await simulate('--seeds', '50', '--mutation', mutation);
      expect(output).toMatch(/^violations +0$/m);
      expect(code).toBe(0);
    },
  );

  test.each([
    // which renames counters
    ['a run without a violation', ['--seed', '8']],
    ['a run with one', ['--seed', '1', '--mutation', 'no-ledger']],
  ])('replays %s step by step', { timeout: 60_000 }, async (_, args) => {
    const [once, again] = await Promise.all([simulate(...args), simulate(...args)]);
    expect(once.output).toMatch(/digest -?\d+/);
    expect(again).toEqual(once);
  });
});
