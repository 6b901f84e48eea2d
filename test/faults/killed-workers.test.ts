import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly, mayFail } from '../support/told.js';

const KILLS = 5;
const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);

/** Somewhere between a claim and its acknowledgement, with luck. */
const aMoment = (): Promise<void> => sleep(Math.random() * 30);

async function persists(worker: CountingProcess): Promise<void> {
  const before = worker.reported('persisted').length;
  await expect
    .poll(() => worker.reported('persisted').length, { interval: 5 })
    .toBeGreaterThan(before + 2);
}

describe('workers that are killed', () => {
  test('while they persist, five times, lose nothing and count nothing twice', async () => {
    const world = await createWorld();
    const producer = await world.start({ workers: false, updateInterval: 0 });
    await producer.startLoad({ names, times: 3 });
    // the next one starts while the one before works, and takes over from it
    let next = world.start();
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = await next;
      if (kill < KILLS - 1) next = world.start();
      await persists(worker);
      await aMoment();
      await worker.kill();
    }
    expect((await producer.stopLoad()).failed).toEqual({});

    await expectCountedExactly(world, await world.start(), names);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  test('all at once leave their work to one that comes later', async () => {
    const world = await createWorld();
    const [producer, ...workers] = await Promise.all([
      world.start({ workers: false, updateInterval: 0 }),
      world.start(),
      world.start(),
      world.start(),
    ]);
    await producer.startLoad({ names, times: 3 });
    await Promise.all(workers.map(persists));
    await Promise.all(workers.map((worker) => worker.kill()));
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, await world.start(), names);
    await expectExactly(world.processes, { duplicateSkipped: 'may' });
  });

  test('or stopped beyond the lock of their job, and continued, count nothing twice', async () => {
    const world = await createWorld();
    const queue = { settings: { lockDuration: 300, lockRenewTime: 100, stalledInterval: 300 } };
    const [producer, stopped, other] = await Promise.all([
      world.start({ workers: false, updateInterval: 0 }),
      world.start({ queue }),
      world.start({ queue }),
    ]);
    await producer.startLoad({ names, times: 3 });
    for (let stop = 0; stop < 4; stop++) {
      await persists(stopped);
      await aMoment();
      stopped.signal('SIGSTOP');
      await sleep(900);
      await persists(other);
      stopped.signal('SIGCONT');
    }
    expect((await producer.stopLoad()).failed).toEqual({});
    await expectCountedExactly(world, other, names);
    expect(stopped.reported('parked')).toEqual([]);
    expect(other.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {
      duplicateSkipped: 'may',
      ...mayFail('write', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });
});
