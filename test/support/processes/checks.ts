import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type CountingProcess, ProcessError } from './counting-process.js';
import type { World } from './world.js';

/** After a drain, what was acknowledged is in the rows, and nothing twice. */
export async function expectCounted(
  world: World,
  process: CountingProcess,
  names: string[],
): Promise<void> {
  await drain(process);
  const rows = await rowsOf(world, names);
  for (const [i, name] of names.entries()) {
    const { acknowledged, atMost } = await world.tally(name);
    expect(acknowledged).toBeGreaterThan(0n);
    expect(rows[i], name).toBeGreaterThanOrEqual(acknowledged);
    expect(rows[i], name).toBeLessThanOrEqual(atMost);
  }
  expect(await process.getCounts(names)).toEqual(rows);
}

/** As `expectCounted`, where no outcome may be unknown. */
export async function expectCountedExactly(
  world: World,
  process: CountingProcess,
  names: string[],
): Promise<void> {
  for (const name of names) {
    const { acknowledged, atMost } = await world.tally(name);
    expect(acknowledged, name).toBe(atMost);
  }
  await expectCounted(world, process, names);
}

/** Flushes until it succeeds, however long a server is still away; a process that ended is an error. */
export async function drain(process: CountingProcess, patience = 25_000): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      await process.flush();
      return;
    } catch (error) {
      if (!(error instanceof ProcessError) || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** Rows that are asked for at the same time, each over a connection of its own: a server of Debian makes a hundred. */
const AT_ONCE = 20;

/** Zero stands for a row that is not there. */
export async function rowsOf(world: World, names: string[]): Promise<bigint[]> {
  const rows: bigint[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    rows.push(...(await Promise.all(some.map(async (name) => (await world.row(name)) ?? 0n))));
  }
  return rows;
}
