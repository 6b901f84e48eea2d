import { describe, expect, test } from 'vitest';
import { createWorld } from '../support/processes/world.js';
import { expectExactly } from '../support/told.js';

/** As in the package, in fifths: there a process looks every ten seconds, and misses nobody for thirty. */
const missing = { interval: 2000, patience: 6000 };

describe('where no process has workers', () => {
  test('that is told, and is over when one comes', async () => {
    const world = await createWorld();
    const producers = [
      await world.start({ workers: false, missing }),
      await world.start({ workers: false, missing }),
    ] as const;
    await producers[0].incr('waiting', { times: 7 });
    for (const producer of producers) {
      await expect.poll(() => producer.reported('noWorkers').length).toBe(1);
    }
    const codes = async () => (await producers[0].status()).problems.map(({ code }) => code);
    expect(await codes()).toContain('FC-NO-WORKERS');
    expect(producers[0].output).toContain('No process with workers was seen');

    const worker = await world.start({ missing });
    await expect.poll(() => world.row('waiting')).toBe(7n);
    await expect.poll(codes).toEqual([]);
    for (const producer of producers) expect(producer.reported('noWorkers')).toHaveLength(1);

    // one that is killed is missed as well, where something waits
    await worker.kill();
    await producers[1].incr('waiting');
    await expect.poll(() => producers[0].reported('noWorkers').length).toBe(2);
    await expectExactly(world.processes, { noWorkers: 'some', workersBack: 'some' }, [
      'FC-NO-WORKERS',
    ]);
  });
});
