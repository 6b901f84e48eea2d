import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithout, type RuleName } from './left-out-rules.js';
import { toJson, toText } from './report.js';
import { run } from './run.js';

export interface Task {
  minutes: number;
  seed: number;
  gap: number;
  pause: number;
  times: number;
  /** Whether every fault is printed. */
  verbose: boolean;
  /** Where the report and the records are written. */
  directory: string;
  /** Runs on a build without this rule, which has to show. */
  without?: RuleName;
}

const PROGRESS = 60_000;

/** One run, told of on the console; answers whether it violates nothing. */
export async function main({
  minutes,
  verbose,
  directory,
  without,
  ...task
}: Task): Promise<boolean> {
  const records = join(directory, `records-${task.seed}`);
  rmSync(records, { recursive: true, force: true });
  mkdirSync(records, { recursive: true });
  const begun = performance.now();
  const say = (text: string): void => {
    console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${text}`);
  };
  let faults = 0;
  const onFault = (text: string): void => {
    faults++;
    if (verbose) say(text);
  };
  const progress = setInterval(() => say(`${faults} faults`), PROGRESS);
  const build = without === undefined ? undefined : await buildWithout(without);
  const program = build?.program;
  const milliseconds = minutes * 60_000;
  const settings = { ...task, milliseconds, directory: records, onFault, program };
  console.log(`Faults for ${minutes} minutes, seed ${task.seed}${without ? `, ${without}` : ''}`);
  const report = await run(settings);
  clearInterval(progress);
  await build?.remove();

  const file = join(directory, `report-${task.seed}.json`);
  writeFileSync(file, toJson(settings, report));
  console.log(`\n${toText(settings, report)}\nreport         ${file}`);
  const isGood = report.violations.length === 0 && report.badShutdowns.length === 0;
  // to look at, when something is wrong
  if (isGood) rmSync(records, { recursive: true });
  else console.log(`records        ${records}`);
  return isGood;
}
