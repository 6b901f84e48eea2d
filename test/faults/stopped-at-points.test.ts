import { describe, expect, test } from 'vitest';
import { partitioner } from '../../lib/words/partitioner.js';
import { drain } from '../support/processes/checks.js';
import { partitionState } from '../support/processes/partition-state.js';
import type { Point } from '../support/processes/protocol.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly, mayFail } from '../support/told.js';

const points: Point[] = ['after claim', 'before commit', 'after commit', 'before acknowledge'];
// Bull's lock is lost soon, and the transaction of who stands still is rolled back soon
const options = {
  queue: { settings: { lockDuration: 300, lockRenewTime: 100, stalledInterval: 300 } },
  databaseTimeout: 1000,
  updateInterval: 0,
};

describe('a worker that stands still for long and goes on', () => {
  test.each(points)('%s counts nothing twice, and disturbs nobody', async (point) => {
    const world = await createWorld();
    const redis = await world.redis();
    const partition = partitioner(5)('counter');
    const stopped = await world.start({ ...options, signalAt: { point, signal: 'SIGSTOP' } });
    const first = stopped.incr('counter', { times: 10 });
    await expect
      .poll(async () => (await partitionState(world, redis, partition)).open)
      .toBeDefined();

    // its batch is taken over, acknowledged and long forgotten
    const successor = await world.start(options);
    for (let batch = 1; batch <= 3; batch++) {
      await expect.poll(() => world.row('counter')).toBe(BigInt(10 * batch));
      await successor.incr('counter', { times: 10 });
    }
    await drain(successor);
    stopped.signal('SIGCONT');
    expect(await first).toEqual({ acknowledged: 10, failed: {} });
    await stopped.incr('counter', { times: 2 });
    await drain(stopped);
    expect(await world.row('counter')).toBe(42n);
    expect(await successor.getCount('counter')).toBe(42n);
    for (const process of [stopped, successor]) expect(process.reported('parked')).toEqual([]);
    await expectExactly(world.processes, {
      duplicateSkipped: 'may',
      ...mayFail('write', 'persist', 'queue'),
      persistFailed: 'may',
    });
  });
});
