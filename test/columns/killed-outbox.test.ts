import { describe, expect, test } from 'vitest';
import { drain } from '../support/processes/checks.js';
import type { Point } from '../support/processes/protocol.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly, type Times } from '../support/told.js';

const names = Array.from({ length: 15 }, (_, id) => `counter:${id}`);

describe('a worker that is killed in the batch of an outbox', () => {
  test.each<[Point, Times]>([
    ['before commit', 'may'],
    ['before acknowledge', 'some'],
  ])('%s leaves each batch there once', async (point, repeated) => {
    const world = await createWorld();
    await world.query('CREATE TABLE outbox (batch text, name text, delta bigint)');
    await world.query('GRANT SELECT, INSERT ON outbox TO fastcounter');
    const first = await world.start({ outbox: true, updateInterval: 0, signalAt: { point } });
    await first.incr(names).catch(() => undefined);
    await first.ended;
    const last = await world.start({ outbox: true });
    await last.incr(names);
    await drain(last);
    const noted = await world.query<{ name: string; sum: string; batches: string; rows: string }>(
      'SELECT name, SUM(delta) AS sum, COUNT(DISTINCT batch) AS batches, COUNT(*) AS rows FROM outbox GROUP BY name',
    );
    const sums = new Map(noted.map(({ name, sum }) => [name, BigInt(sum)]));
    for (const name of names) expect([name, sums.get(name)]).toEqual([name, await world.row(name)]);
    for (const { batches, rows } of noted) expect(rows).toBe(batches);
    await expectExactly(world.processes, { duplicateSkipped: repeated });
  });
});
