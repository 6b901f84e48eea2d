import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HARMLESS, MUTATIONS } from './mutations.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/simulate.mjs', import.meta.url));
/** Enough seeds for any rule that is left out: it took 500 at most. */
const BOUND = ['--seeds', '4000', '--enough', '1'];

interface Ended {
  code: number;
  output: string;
}

function simulate(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const settings = { maxBuffer: 2 ** 26 };
    execFile(process.execPath, [SCRIPT, ...args], settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, output: stdout + stderr });
    });
  });
}

describe('the simulation', () => {
  test('two thousand seeds violate nothing', { timeout: 300_000 }, async () => {
    const { code, output } = await simulate('--seeds', '2000');
    expect(output).toMatch(/^runs +2000 /m);
    expect(output).toMatch(/^violations +0$/m);
    expect(code).toBe(0);
  });

  test.each(Object.keys(MUTATIONS))(
    'finds out that a rule is left out: %s',
    { timeout: 120_000 },
    async (mutation) => {
      const { code, output } = await simulate(...BOUND, '--mutation', mutation);
      expect(output).toMatch(/^violations +[1-9]/m);
      expect(output).toContain('Step by step');
      expect(code).toBe(1);
    },
  );

  test.each(Object.keys(HARMLESS))(
    'finds nothing where work is only saved: %s',
    { timeout: 120_000 },
    async (mutation) => {
      const { code, output } = await simulate('--seeds', '300', '--mutation', mutation);
      expect(output).toMatch(/^violations +0$/m);
      expect(code).toBe(0);
    },
  );

  test.each([
    ['a run without a violation', ['--seed', '7']],
    ['a run with one', ['--seed', '1', '--mutation', 'no-ledger']],
  ])('replays %s step by step', { timeout: 60_000 }, async (_, args) => {
    const [once, again] = await Promise.all([simulate(...args), simulate(...args)]);
    expect(once.output).toMatch(/digest -?\d+/);
    expect(again).toEqual(once);
  });
});
