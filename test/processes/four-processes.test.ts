import { beforeAll, describe, expect, test } from 'vitest';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { openWorld, type World } from '../support/processes/world.js';

const PROCESSES = 4;
const EACH = 2500;

describe('four processes that count at the same time', () => {
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

  const keys = Array.from({ length: 100 }, (_, i) => `visitor ${i}`);
  const each = keys.map(() => 1);
  const sumOf = (answers: number[][]) =>
    keys.map((_, key) => answers.reduce((sum, told) => sum + (told[key] ?? 0), 0));

  test('four processes count a key once, and one of them is told so', async () => {
    const counted = processes.map((process) => process.incrOnce('visits', keys, 3));
    expect(sumOf(await Promise.all(counted))).toEqual(each);
    expect(await processes[1]?.getCount('visits')).toBe(100n);
    await processes[2]?.flush(['visits']);
    const undone = processes.map((process) => process.undoOnce('visits', keys, 2));
    expect(sumOf(await Promise.all(undone))).toEqual(each);
    await processes[0]?.flush(['visits']);
    expect(await world.row('visits')).toBe(0n);
  });

  test('a key that a process counted which was killed is counted, and nobody else is told so', async () => {
    const victim = await world.start();
    const cut = victim.incrOnce('cut', keys, 3).catch(() => keys.map(() => 0));
    const counted = processes.map((process) => process.incrOnce('cut', keys, 3));
    await Promise.race([...counted, cut]);
    await victim.kill();
    for (const told of sumOf([...(await Promise.all(counted)), await cut])) {
      expect(told).toBeLessThanOrEqual(1);
    }
    expect(await processes[3]?.getCount('cut')).toBe(100n);
    expect(sumOf([(await processes[2]?.undoOnce('cut', keys, 1)) ?? []])).toEqual(each);
    expect(await processes[3]?.getCount('cut')).toBe(0n);
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
