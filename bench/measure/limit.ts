import { performance } from 'node:perf_hooks';

const MILLISECONDS = 1000;
/** More than a limit of 0.4 leaves, and less than a processor that is busy with others. */
const TOO_MUCH = 0.6;

/** The part of one processor that a loop in this process gets: throws where nothing limits it. */
export function expectLimit(): number {
  const began = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - began < MILLISECONDS);
  const { user, system } = process.cpuUsage(before);
  const part = (user + system) / 1000 / (performance.now() - began);
  if (part <= TOO_MUCH) return Math.round(part * 100) / 100;
  throw new Error(
    `--slow: a loop has ${Math.round(part * 100)} % of a processor, so the limit is not in force`,
  );
}
