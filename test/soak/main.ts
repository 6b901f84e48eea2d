import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentSettings } from './deployment.js';
import { toJson, toMarkdown, toText } from './report.js';
import { run, type Sample, type SoakSettings } from './run.js';
import { judge } from './verdict.js';

export interface Task {
  minutes: number;
  /** Where the report is written. */
  directory: string;
}

/** A machine that is busy at the beginning alone does in one step then what takes several at the end. */
const TOLERANCE = { rates: 1.25, levels: 1.1 };
/** Two and three minutes of half an hour; never less than four of the longest interval. */
const [WARM_UP, WINDOW, LEAST] = [1 / 15, 1 / 10, 40_000];

const DEPLOYMENTS: readonly DeploymentSettings[] = [1, 3].flatMap((processes) =>
  (['hot', 'random', 'mixed'] as const).map((kind) => ({ kind, processes })),
);

/** One run, told of on the console; answers whether nothing grew. */
export async function main({ minutes, directory }: Task): Promise<boolean> {
  const milliseconds = minutes * 60_000;
  const settings: SoakSettings = {
    deployments: DEPLOYMENTS,
    milliseconds,
    warmUp: Math.max(milliseconds * WARM_UP, LEAST),
    window: Math.max(milliseconds * WINDOW, LEAST),
    intervals: [0, 1000, 10_000],
    // with more than a process knows at a time, its memory would go up and down
    names: 20_000,
    idempotencyTtl: 20_000,
    onSample: tell,
  };
  console.log(`Constant load for ${minutes} minutes`);
  const record = await run(settings);
  const verdict = judge(record, settings, TOLERANCE);
  const file = join(directory, `report-${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, toJson(settings, record, verdict));
  console.log(`\n${toMarkdown(settings, record, verdict)}\n\n${toText(verdict)}\nreport ${file}`);
  return verdict.grown.length === 0;
}

function tell({ at, commands, statements, redisMemory, members }: Sample): void {
  const calls = members.reduce((sum, { load }) => sum + load.calls, 0);
  const mebibytes = (redisMemory / 2 ** 20).toFixed(1);
  const seconds = (at / 1000).toFixed(0).padStart(6);
  console.log(
    `${seconds} s  ${calls} calls, ${commands} commands, ${statements} statements, Redis ${mebibytes} MiB`,
  );
}
