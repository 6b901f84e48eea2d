// Faults one by one, on real processes and servers: the tests that vitest.config.ts calls long. Then random faults:
// test/random-faults.
//
//   npm run faults
//   npm run faults -- --minutes 30 [--seed 4711] [--gap 1500] [--verbose] [--without no-ledger]
//
// With options: random faults alone.
//
// --gap: milliseconds from one fault to the next, in the mean. --pause and --times: milliseconds
// between two rounds of a producer, and increments of a hot counter a round. --without: a rule of the
// protocol that is left out, which has to show. The seed decides what happens in which order; when it
// hits is up to the machine.
import { mkdirSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { buildLibrary } from './build.mjs';
import { root, run } from './run.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
    gap: { type: 'string', default: '1500' },
    pause: { type: 'string', default: '50' },
    times: { type: 'string', default: '200' },
    without: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const number = (name) => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new TypeError(`--${name} must be a number above 0, not ${values[name]}`);
};

const directory = join(root, '.tmp', 'faults');
mkdirSync(directory, { recursive: true });
await buildLibrary();
const isWhole = process.argv.length === 2;
const tests = isWhole ? await run('long tests', 'vitest', ['run', '--project=long']) : undefined;
// Node 20 reads no TypeScript
const { module } = await runnerImport(join(root, 'test', 'random-faults', 'main.ts'), {
  root,
  configFile: false,
  logLevel: 'error',
});
const isGood = await module.main({
  minutes: number('minutes'),
  seed: number('seed'),
  gap: number('gap'),
  pause: number('pause'),
  times: number('times'),
  verbose: values.verbose,
  without: values.without,
  directory,
});
process.exit(isGood && (tests?.code ?? 0) === 0 ? 0 : 1);
