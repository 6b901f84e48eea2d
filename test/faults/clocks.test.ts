import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly } from '../support/told.js';

const HOUR = 3_600_000;
const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

describe('processes whose clocks are an hour ahead and an hour behind', () => {
  test('persist in time, whoever counts, and lose and double nothing', async () => {
    const world = await createWorld();
    const [ahead, behind, worker] = await Promise.all([
      world.start({ clock: HOUR, workers: false }),
      world.start({ clock: -HOUR, workers: false }),
      world.start({ clock: -HOUR }),
    ]);
    for (const producer of [ahead, behind]) {
      await producer.startLoad({ names, times: 3 });
    }
    await sleep(1000);
    for (const producer of [ahead, behind]) {
      expect((await producer.stopLoad()).failed).toEqual({});
    }
    // Bull's job of a process that is ahead is due in hours for a worker that is behind
    await ahead.incr('quiet', { times: 5 });
    await expect.poll(() => world.row('quiet')).toBe(5n);
    expect(await behind.getCount('quiet')).toBe(5n);
    await expectCountedExactly(world, worker, names);
    for (const process of [ahead, behind, worker]) expect(process.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {});
  });

  test('hand their idempotency keys and batches to one another', async () => {
    const world = await createWorld();
    const [ahead, behind] = await Promise.all([
      world.start({ clock: HOUR, signalAt: { point: 'after commit' } }),
      world.start({ clock: -HOUR, workers: false }),
    ]);
    const options = { idempotencyKey: 'once' };
    await behind.incr('counter', { options });
    expect(await ahead.ended).toMatchObject({ signal: 'SIGKILL' });
    const later = await world.start({ clock: HOUR });
    await later.incr('counter', { options });
    await later.flush();
    expect(await world.row('counter')).toBe(1n);
    expect(await behind.getCount('counter')).toBe(1n);
    await expectExactly(world.processes, { duplicateSkipped: 'once' });
  });
});
