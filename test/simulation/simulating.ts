import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/simulate.mjs', import.meta.url));
/** Compiled once for all tests of a file; beside node_modules. */
const TEMPORARY = fileURLToPath(new URL('../../.tmp', import.meta.url));

export interface Ended {
  code: number;
  output: string;
}

/** Compiles the simulation for the tests of a file. */
export function useSimulation() {
  let compiled = '';
  beforeAll(async () => {
    mkdirSync(TEMPORARY, { recursive: true });
    compiled = mkdtempSync(join(TEMPORARY, 'simulation-'));
    expect(await execute(SCRIPT, '--compile', compiled)).toEqual({ code: 0, output: '' });
  });
  afterAll(() => {
    rmSync(compiled, { recursive: true, force: true });
  });
  return {
    simulate: (...args: string[]): Promise<Ended> =>
      execute(SCRIPT, '--compiled', compiled, ...args),
    /** One process without the script around it. */
    runTask: (task: object): Promise<Ended> =>
      execute(join(compiled, 'main.js'), JSON.stringify(task)),
  };
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
