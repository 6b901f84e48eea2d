import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type World } from '../support/processes/world.js';

const PROCESSES = 4;
const EACH = 2500;

describe('four processes that count at the same time', { timeout: 90_000 }, () => {
  let world: World;
  let processes: CountingProcess[];

  beforeAll(async () => {
    world = await openWorld();
    processes = await Promise.all(Array.from({ length: PROCESSES }, () => world.start()));
    return world.end;
  });

  test('ten thousand increments of one counter add up exactly in Redis and in the table', async () => {
    const outcomes = await Promise.all(
      processes.map((process) => process.incr('hot', { times: EACH })),
    );
    expect(outcomes).toEqual(processes.map(() => ({ acknowledged: EACH, failed: {} })));

    const total = BigInt(PROCESSES * EACH);
    for (const process of processes) expect(await process.getCount('hot')).toBe(total);
    await processes[0]?.flush();
    expect(await world.row('hot')).toBe(total);
    for (const process of processes) expect(await process.getCount('hot')).toBe(total);
  });

  test('a hundred counters, a hundred increments each, add up exactly while they are persisted', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `counter:${i}`);
    const options = { updateInterval: 0 };
    await Promise.all(processes.map((process) => process.incr(names, { times: 25, options })));
    const totals = names.map(() => 100n);
    expect(await processes[1]?.getCounts(names)).toEqual(totals);
    await processes[2]?.flush();
    expect(await Promise.all(names.map((name) => world.row(name)))).toEqual(totals);
    expect(await processes[3]?.getCounts(names)).toEqual(totals);
  });

  test('increments up and down and in bulk meet in the same counter', async () => {
    await Promise.all(
      processes.map((process, i) =>
        i % 2 === 0
          ? process.incr('balance', { times: 500, delta: 3 })
          : process.incrMany(Array.from({ length: 500 }, () => ({ name: 'balance', delta: -1 }))),
      ),
    );
    expect(await processes[3]?.getCount('balance')).toBe(2000n);
    await processes[3]?.flush(['balance']);
    expect(await world.row('balance')).toBe(2000n);
  });
});
