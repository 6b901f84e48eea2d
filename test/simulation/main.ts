import { runSeed, type RunResult } from './run.js';

/** What scripts/simulate.mjs asks of this process, as JSON in its argument. */
interface Task {
  from: number;
  until: number;
  /** Every so many seeds belong to this process. */
  step: number;
  mutation?: string;
  trace: boolean;
  /** Stop after so many runs with violations. */
  enough: number;
}

const PROGRESS = 200;

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const totals = { runs: 0, steps: 0, increments: 0, faults: {} as Record<string, number> };
let violated = 0;
// thousands of simulated failures a second, whose stacks nobody reads
if (!task.trace) Error.stackTraceLimit = 0;

function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function addUp({ steps, increments, faults }: RunResult): void {
  totals.runs++;
  totals.steps += steps;
  totals.increments += increments;
  for (const [kind, count] of faults) totals.faults[kind] = (totals.faults[kind] ?? 0) + count;
}

for (let seed = task.from; seed < task.until && violated < task.enough; seed += task.step) {
  const result = await runSeed(seed, { mutation: task.mutation, tracing: task.trace });
  addUp(result);
  if (result.violations.length > 0) violated++;
  if (result.violations.length > 0 || task.trace) {
    const { violations, steps, digest, trace } = result;
    write({ kind: 'run', seed, violations, steps, digest, trace });
  }
  if (totals.runs % PROGRESS === 0) write({ kind: 'totals', ...totals });
}
write({ kind: 'totals', ...totals });
