import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { rowsOf } from '../support/processes/checks.js';
import { createWorld, type RedisClient, type World } from '../support/processes/world.js';
import { startRedis } from '../support/servers/redis.js';
import { expectExactly, mayFail } from '../support/told.js';

const names = Array.from({ length: 15 }, (_, i) => `counter:${i}`);
const later = { updateInterval: 600_000 };

let world: World;
let redis: RedisClient;

beforeEach(async () => {
  const server = await startRedis({ arguments: ['--save', ''] });
  onTestFinished(() => server.stop());
  world = await createWorld({ redisUrl: server.url });
  redis = await world.redis();
});

describe('when Redis is wiped', () => {
  test('what was persisted stays, what was pending is lost, and the event tells', async () => {
    const process = await world.start(later);
    await process.incr(names, { times: 10 });
    await process.flush();
    expect(process.reported('redisWiped')).toEqual([]);
    await process.incr(names, { times: 3 });
    await redis.flushDb();

    expect(await process.getCounts(names)).toEqual(names.map(() => 10n));
    await process.incr(names, { times: 4 });
    expect(await process.getCounts(names)).toEqual(names.map(() => 14n));
    await process.flush();
    expect(await rowsOf(world, names)).toEqual(names.map(() => 14n));
    const wiped = process.reported('redisWiped');
    expect(wiped.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3, 4]);
    await expectExactly(
      world.processes,
      { redisWiped: 'some', outcomeUnknown: 'may', ...mayFail('queue') },
      ['FC-WIPED'],
    );
  });

  test('again and again between flushes, persisted counts are neither lost nor doubled', async () => {
    const process = await world.start(later);
    let persisted = 0n;
    for (let round = 1; round <= 10; round++) {
      await process.incr(names, { times: round });
      await process.flush();
      persisted += BigInt(round);
      expect(await rowsOf(world, names)).toEqual(names.map(() => persisted));
      if (round % 2 === 0) await process.incr(names, { times: 100 });
      await redis.flushDb();
      expect(await process.getCounts(names)).toEqual(names.map(() => persisted));
    }
    await expectExactly(
      world.processes,
      { redisWiped: 'some', outcomeUnknown: 'may', ...mayFail('queue') },
      ['FC-WIPED'],
    );
  });

  test('under load, rows never go down and never exceed what was sent', async () => {
    const [worker, producer] = await Promise.all([
      world.start({ updateInterval: 0 }),
      world.start({ workers: false, updateInterval: 0 }),
    ]);
    await producer.startLoad({ names, times: 3 });
    let before = names.map(() => 0n);
    for (let round = 0; round < 10; round++) {
      await sleep(100);
      await redis.flushDb();
      const rows = await rowsOf(world, names);
      rows.forEach((row, i) => expect(row).toBeGreaterThanOrEqual(before[i] ?? 0n));
      before = rows;
    }
    await producer.stopLoad();
    await worker.flush();
    const rows = await rowsOf(world, names);
    for (const [i, name] of names.entries()) {
      const { atMost } = await world.tally(name);
      expect(rows[i]).toBeGreaterThanOrEqual(before[i] ?? 0n);
      expect(rows[i]).toBeLessThanOrEqual(atMost);
    }
    expect(await producer.getCounts(names)).toEqual(rows);
    // and it goes on as if nothing had been
    expect(await producer.incr(names, { times: 2 })).toMatchObject({ failed: {} });
    await worker.flush();
    expect(await rowsOf(world, names)).toEqual(rows.map((row) => row + 2n));
    await expectExactly(
      world.processes,
      { redisWiped: 'some', outcomeUnknown: 'may', duplicateSkipped: 'may', ...mayFail('queue') },
      ['FC-WIPED'],
    );
  });
});
