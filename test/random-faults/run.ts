import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../simulation/random.js';
import { checkRecords, type RecordsReport } from './checks/check-records.js';
import { createCrew, LONGEST_INTERVAL, type Load } from './crew.js';
import { bookedOf, type DrainReport, drain, rowsOf } from './drain.js';
import type { Member } from './member.js';
import { type Stage, startStage } from './stage.js';
import { storm, type WeatherReport } from './weather.js';

export interface RunSettings extends Load {
  seed: number;
  /** How long faults happen, in milliseconds. */
  milliseconds: number;
  /** Milliseconds from one fault to the next, in the mean. */
  gap: number;
  /** Where the processes write down what they do. */
  directory: string;
  onFault?: (text: string) => void;
  /** The program of the processes, on another build of the package. */
  program?: string;
}

export interface RunReport extends RecordsReport, WeatherReport {
  drained: DrainReport;
  /** What committed transactions counted. */
  booked: bigint;
  /** Starts of processes. */
  lives: number;
  /** Shutdowns that did not end in order; nothing acknowledged is lost by one. */
  badShutdowns: string[];
  /** From the first increment until the last outcome. */
  seconds: number;
  redisVersion: string;
  postgresVersion: string;
}

const TICK = 1000;
/** For connections that come back, stalled jobs, the sweeper's patience; a busy machine. */
const RECOVERY = 10_000;
/** After the drain: nothing may still come. */
const AFTERMATH = 2000;
const NAMES_A_READ = 5000;
/** So many faults at a time. */
const AT_ONCE = 5;

/** Real processes under random real faults; then everything heals, drains, and is checked. */
export async function run(settings: RunSettings): Promise<RunReport> {
  const stage = await startStage(settings.directory);
  const crew = await createCrew(
    stage,
    { pause: settings.pause, times: settings.times },
    settings.program,
  );
  try {
    return await runOn(stage, crew, settings);
  } finally {
    await Promise.all(crew.map((member) => member.dispose()));
    await stage.stop();
  }
}

async function runOn(stage: Stage, crew: Member[], settings: RunSettings): Promise<RunReport> {
  const random = new Random(settings.seed);
  await Promise.all(crew.map((member) => member.start()));
  const begun = performance.now();
  const weather = await storm(
    { stage, crew, random },
    {
      gap: settings.gap,
      atOnce: AT_ONCE,
      until: begun + settings.milliseconds,
      onFault: settings.onFault ?? (() => undefined),
    },
  );
  await Promise.all(crew.map((member) => member.stopLoad()));
  const seconds = (performance.now() - begun) / 1000;
  const drained = await drain(stage, LONGEST_INTERVAL + TICK + RECOVERY);
  await sleep(AFTERMATH);
  const rows = await rowsOf(stage);
  const booked = await bookedOf(stage);
  const recorded = await checkRecords(stage.directory, rows, booked);
  const differences = await differencesOf(crew, rows);
  const versions = await versionsOf(stage);
  return {
    ...weather,
    ...recorded,
    ...versions,
    drained,
    seconds,
    booked: [...booked.values()].reduce((sum, value) => sum + value, 0n),
    lives: crew.reduce((sum, { lives }) => sum + lives, 0),
    badShutdowns: crew.flatMap(({ badShutdowns }) => badShutdowns),
    violations: [
      ...recorded.violations,
      ...drained.left,
      ...differences,
      ...crew.flatMap(({ violations }) => violations),
    ],
  };
}

/** Every process reads what the rows say. */
async function differencesOf(
  crew: readonly Member[],
  rows: ReadonlyMap<string, bigint>,
): Promise<string[]> {
  const names = [...rows.keys()];
  const differences: string[] = [];
  for (let start = 0; start < names.length; start += NAMES_A_READ) {
    const some = names.slice(start, start + NAMES_A_READ);
    for (const member of crew) {
      const values = await member.getCounts(some);
      some.forEach((name, index) => {
        const [value, row] = [values[index] ?? 0n, rows.get(name) ?? 0n];
        if (value === row) return;
        differences.push(`${member.name} reads ${name} as ${value}, its row is ${row}`);
      });
    }
  }
  return differences;
}

async function versionsOf({ command, query }: Stage) {
  const info = String(await command('INFO', 'server'));
  const [row] = await query<{ server_version: string }>('SHOW server_version');
  return {
    redisVersion: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    postgresVersion: row?.server_version ?? 'unknown',
  };
}
