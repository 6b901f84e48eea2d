import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HARMLESS, MUTATIONS } from './mutations.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/simulate.mjs', import.meta.url));
/** Compiled once for all; beside node_modules. */
const TEMPORARY = fileURLToPath(new URL('../../.tmp', import.meta.url));
/** Enough seeds for any rule that is left out: a hundred are, for most. It stops at the first that shows it. */
const SEEDS = 2000;
/** What a rule that is left out must not bring about: then something else was left out with it. */
const BROKEN = /\b(Type|Reference|Syntax|Range)Error\b/;

interface Ended {
  code: number;
  output: string;
}

let compiled = '';

beforeAll(async () => {
  mkdirSync(TEMPORARY, { recursive: true });
  compiled = mkdtempSync(join(TEMPORARY, 'simulation-'));
  expect(await run('--compile', compiled)).toEqual({ code: 0, output: '' });
});

afterAll(() => {
  rmSync(compiled, { recursive: true, force: true });
});

const simulate = (...args: string[]): Promise<Ended> => run('--compiled', compiled, ...args);
const run = (...args: string[]): Promise<Ended> => execute(SCRIPT, ...args);

/** The violations of the first seed that has any. One process without the script around it, as there are many rules. */
async function firstViolations(mutation: string): Promise<string> {
  const task = { from: 1, until: 1 + SEEDS, step: 1, mutation, trace: false, enough: 1 };
  const { code, output } = await execute(join(compiled, 'main.js'), JSON.stringify(task));
  expect(code, output).toBe(0);
  return output.split('\n').find((line) => line.includes('"kind":"run"')) ?? '';
}

function execute(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const settings = { maxBuffer: 2 ** 26 };
    execFile(process.execPath, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, output: stdout + stderr });
    });
  });
}

describe('the simulation', () => {
  test('two hundred seeds violate nothing', { timeout: 300_000 }, async () => {
    const { code, output } = await simulate('--seeds', '200');
    expect(output).toMatch(/^runs +200 /m);
    expect(output).toMatch(/^violations +0$/m);
    expect(code).toBe(0);
  });

  test.each(Object.keys(MUTATIONS))(
    'finds out that a rule is left out: %s',
    { timeout: 120_000 },
    async (mutation) => {
      const violations = await firstViolations(mutation);
      expect(violations).toMatch(/"violations":\["/);
      expect(violations).not.toMatch(BROKEN);
    },
  );

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
