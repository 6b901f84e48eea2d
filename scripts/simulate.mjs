// Runs the shipped protocol against simulated servers, network and time: test/simulation.
//
//   npm run simulate -- --seeds 10000 [--from 1] [--mutation no-ledger] [--processes 2] [--enough 1]
//   npm run simulate -- --seed 4711 [--mutation no-ledger]      one run, step by step
//
// Each process stops after so many violations: --enough, 5. --compile DIR only compiles, --compiled DIR runs that.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';
import { parseArgs } from 'node:util';
import { root, start } from './run.mjs';

/** Runs with violations that are told of. */
const SHOWN = 5;
const PROGRESS = 30_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutation: { type: 'string' },
    enough: { type: 'string', default: '5' },
    processes: { type: 'string', default: String(availableParallelism()) },
    compile: { type: 'string' },
    compiled: { type: 'string' },
  },
});
const number = (name) => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`--${name} must be a whole number above 0, not ${values[name]}`);
};

const { mutation } = values;
const directory = values.compile ?? values.compiled ?? temporaryDirectory();
let summarize = () => undefined;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    summarize();
    process.exit(1);
  });
}

if (values.compiled === undefined) await compile();
if (values.compile === undefined) await run();

async function run() {
  if (values.seed === undefined) {
    await runMany(number('from'), number('seeds'), number('processes'));
  } else process.exitCode = (await tell(number('seed'))) ? 1 : 0;
}

function temporaryDirectory() {
  mkdirSync(join(root, '.tmp'), { recursive: true });
  const made = mkdtempSync(join(root, '.tmp', 'simulation-'));
  // also when it is interrupted
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** One file of plain JavaScript, beside node_modules: Node 20 reads no TypeScript. */
async function compile() {
  const { build } = await import('vite');
  const ssr = join(root, 'test', 'simulation', 'main.ts');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr, outDir: directory, target: 'node20', minify: false },
  });
}

async function runMany(from, count, processes) {
  const begun = performance.now();
  const parts = Array.from({ length: Math.min(processes, count) }, (_, index) => ({
    task: { from: from + index, until: from + count, step: Math.min(processes, count) },
    totals: { runs: 0, steps: 0, increments: 0, faults: {} },
  }));
  const violated = [];
  const title = mutation === undefined ? '' : ` with mutation "${mutation}"`;
  console.log(`Seeds ${from} to ${from + count - 1}${title}, ${parts.length} processes`);
  const timer = setInterval(() => {
    const { runs } = addUp(parts);
    const rate = Math.round((runs / (performance.now() - begun)) * 1000);
    console.log(`${runs} runs, ${violated.length} with violations, ${rate} runs/s`);
  }, PROGRESS);
  summarize = () => report(addUp(parts), violated, (performance.now() - begun) / 1000);
  await Promise.all(
    parts.map(async (part) => {
      const task = { ...part.task, mutation, trace: false, enough: number('enough') };
      await simulate(task, (line) => {
        if (line.kind !== 'run') {
          part.totals = line;
          return;
        }
        violated.push(line);
        // at once: a long run may be ended before its summary
        console.log(`seed ${line.seed}: ${line.violations[0]}`);
      });
    }),
  );
  clearInterval(timer);
  summarize();
  violated.sort((one, other) => one.seed - other.seed);
  for (const { seed, violations } of violated.slice(0, SHOWN)) {
    console.log(`\nseed ${seed}:\n${violations.map((text) => `  ${text}`).join('\n')}`);
  }
  if (violated.length === 0) return;
  console.log(`\nStep by step:`);
  await tell(violated[0].seed);
  process.exitCode = 1;
}

/** Prints every step of one run; answers whether it violates anything. */
async function tell(seed) {
  let violations = [];
  const task = { from: seed, until: seed + 1, step: 1, mutation, trace: true, enough: 1 };
  await simulate(task, (line) => {
    if (line.kind !== 'run') return;
    ({ violations } = line);
    for (const step of line.trace) console.log(step);
    const verdict = violations.length === 0 ? ['no violation'] : violations;
    console.log(`\nseed ${seed}, ${line.steps} steps, digest ${line.digest}`);
    for (const text of verdict) console.log(`  ${text}`);
  });
  return violations.length > 0;
}

async function simulate(task, onLine) {
  const child = start(process.execPath, [join(directory, 'main.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  for await (const line of createInterface({ input: child.stdout })) onLine(JSON.parse(line));
  const end = await ended;
  if (end !== 0) throw new Error(`A simulating process ended with ${end}`);
}

function addUp(parts) {
  const sum = { runs: 0, steps: 0, increments: 0, faults: {} };
  for (const { totals } of parts) {
    sum.runs += totals.runs;
    sum.steps += totals.steps;
    sum.increments += totals.increments;
    for (const [kind, count] of Object.entries(totals.faults)) {
      sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
    }
  }
  return sum;
}

function report({ runs, steps, increments, faults }, violated, seconds) {
  const rate = Math.round(runs / seconds);
  console.log(`\nruns         ${runs}  (${rate} a second, ${seconds.toFixed(1)} s)`);
  console.log(`steps        ${steps}`);
  console.log(`increments   ${increments}`);
  console.log(`faults       ${Object.values(faults).reduce((all, count) => all + count, 0)}`);
  for (const [kind, count] of Object.entries(faults).sort()) {
    console.log(`  ${String(count).padStart(10)}  ${kind}`);
  }
  console.log(`violations   ${violated.length}`);
}
