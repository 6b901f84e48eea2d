import { rm } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { CounterService } from '../../../lib/index.js';
import { expectCountedExactly } from '../../support/processes/checks.js';
import type { CountingProcess } from '../../support/processes/counting-process.js';
import { copyVersion } from '../../support/processes/other-version.js';
import { createWorld } from '../../support/processes/world.js';
import { createCounterDatabase } from '../../support/servers/counter-database.js';
import { expectExactly } from '../../support/told.js';
import { DataSource } from 'typeorm';
import { functionsOf, Procedure } from './page.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

test('traffic moves from blue to green and back while both count, and nothing is reported', async () => {
  const { migrate, isReady } = (await functionsOf('blue-green')) as {
    migrate: (url: string) => Promise<void>;
    isReady: (counters: Pick<CounterService, 'status'>) => Promise<void>;
  };
  const next = await copyVersion('claim', 'setInTable(batch, fields)', [
    "redis.call('HSET', state, 'next', '1')",
  ]);
  onTestFinished(() => rm(next.directory, { recursive: true }));
  const databaseUrl = await createCounterDatabase();
  const world = await createWorld({ databaseUrl });
  // as version 1 of the schema has it
  await world.query('DROP TABLE fast_counter_outbox');
  const start = (program?: string) => world.start({ program, updateInterval: 0 });
  const ready = (process: CountingProcess) => isReady({ status: () => process.status() });

  const blue = await start();
  await blue.startLoad({ names });
  const owner = await new DataSource({ type: 'postgres', url: databaseUrl }).initialize();
  const rights = new Procedure('blue-green').take('1. Bring the schema up to date', 'sql');
  await owner.query(rights).finally(() => owner.destroy());
  await migrate(databaseUrl);
  const green = await start(next.program);
  await ready(green);
  await green.startLoad({ names });
  expect((await blue.stopLoad()).failed).toEqual({});
  await ready(blue);
  // and back
  await blue.startLoad({ names });
  expect((await green.stopLoad()).failed).toEqual({});
  await green.startLoad({ names });
  // as the page has it: when its requests have ended; a load that goes on asks for what it cannot write down any more
  expect((await blue.stopLoad()).failed).toEqual({});
  blue.signal('SIGTERM');
  expect(await blue.ended).toEqual({ code: null, signal: 'SIGTERM' });
  expect((await green.stopLoad()).failed).toEqual({});

  const again = await start();
  await ready(again);
  await expectCountedExactly(world, again, names);
  await expectExactly(world.processes, { duplicateSkipped: 'may' });
});
