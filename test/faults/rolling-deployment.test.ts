import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectCountedExactly } from '../support/processes/checks.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import { copyVersion, type OtherVersion } from '../support/processes/other-version.js';
import { createWorld } from '../support/processes/world.js';
import { expectExactly } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

let next: OtherVersion;

beforeAll(async () => {
  // writes what this version does not know: a field of the state, and one of the batch
  next = await copyVersion('claim', 'setInTable(batch, fields)', [
    "redis.call('HSET', batch, ' next', '1')",
    "redis.call('HSET', state, 'next', '1')",
  ]);
  return () => rm(next.directory, { recursive: true });
});

describe('a rolling deployment', () => {
  test('forward or back, with both versions side by side, loses and doubles nothing', async () => {
    const world = await createWorld();
    const redis = await world.redis();
    const start = (program?: string) => world.start({ program, updateInterval: 0 });
    const count = (process: CountingProcess) => process.startLoad({ names, times: 3 });
    const before = await Promise.all([start(), start(next.program)]);
    for (const process of before) await count(process);
    const after: CountingProcess[] = [];
    for (const [i, old] of before.entries()) {
      const replacement = await start([next.program, undefined][i]);
      after.push(replacement);
      await count(replacement);
      await sleep(300);
      expect((await old.stopLoad()).failed).toEqual({});
      expect(await old.close()).toEqual({ code: 0, signal: null });
    }
    for (const process of after) expect((await process.stopLoad()).failed).toEqual({});
    for (const process of after) {
      await expectCountedExactly(world, process, names);
      expect(process.reported('parked')).toEqual([]);
    }
    expect(await redis.hGet(`fastcounter:{${world.namespace}:0}::state`, 'next')).toBe('1');
    await expectExactly(world.processes, {});
  });
});
