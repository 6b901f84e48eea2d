import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildWithout } from '../random-faults/left-out-rules.js';
import { drain, expectCountedExactly } from '../support/processes/checks.js';
import { createWorld, type World } from '../support/processes/world.js';
import { expectExactly } from '../support/told.js';

const KILLS = 3;
const ids = Array.from({ length: 15 }, (_, i) => i);
const names = ids.map((id) => `counter:${id}`);
const viewed = 'counter:{id}';
const often = { interval: 5 };

/** With a table of the application, in the hands of the documented role. */
async function createViewedWorld(): Promise<World> {
  const world = await createWorld();
  await world.query('CREATE TABLE viewed (id integer PRIMARY KEY, views bigint NOT NULL)');
  await world.query('INSERT INTO viewed SELECT generate_series(0, 14), 0');
  await world.query('GRANT SELECT, UPDATE ON viewed TO fastcounter');
  return world;
}

const columnOf = async (world: World): Promise<(bigint | undefined)[]> => {
  const rows = await world.query<{ views: string }>('SELECT views FROM viewed ORDER BY id');
  return rows.map(({ views }) => BigInt(views));
};

const countersOf = (world: World): Promise<(bigint | undefined)[]> =>
  Promise.all(names.map(async (name) => (await world.row(name)) ?? 0n));

describe('workers that are killed', () => {
  test('while they persist leave each column equal to its counter', async () => {
    const world = await createViewedWorld();
    const producer = await world.start({ workers: false, updateInterval: 0, viewed });
    await producer.startLoad({ names, times: 3 });
    let next = world.start({ viewed });
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = await next;
      if (kill < KILLS - 1) next = world.start({ viewed });
      const before = worker.reported('persisted').length;
      const persisted = (): number => worker.reported('persisted').length;
      await expect.poll(persisted, often).toBeGreaterThan(before + 2);
      await sleep(Math.random() * 30);
      await worker.kill();
    }
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, await world.start({ viewed }), names);
    expect(await columnOf(world)).toEqual(await countersOf(world));
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  test.each([
    ['leave it equal as well', undefined],
    ['which shows that the column is not part of the transaction', 'columns-outside' as const],
  ])('before the commit, %s', async (_, rule) => {
    const build = rule && (await buildWithout(rule));
    if (build) onTestFinished(build.remove);
    const given = { viewed, ...(build && { program: build.program }) };
    const world = await createViewedWorld();
    const signalAt = { point: 'before commit' } as const;
    const first = await world.start({ ...given, updateInterval: 0, signalAt });
    await first.incr(names).catch(() => undefined);
    await first.ended;
    const last = await world.start(given);
    await last.incr(names);
    await drain(last);
    const [columns, counters] = [await columnOf(world), await countersOf(world)];
    expect(counters.some((value) => value !== 0n)).toBe(true);
    if (rule === undefined) expect(columns).toEqual(counters);
    else expect(columns).not.toEqual(counters);
  });
});
