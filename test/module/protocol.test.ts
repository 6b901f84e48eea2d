import { expect, inject, test } from 'vitest';
import { CounterService, FastCounterModule, ProtocolMismatchError } from '../../lib/index.js';
import { partitioner } from '../../lib/words/partitioner.js';
import { redisCommands } from '../support/redis-cache.js';
import { OldProcess } from '../support/version-0.1/old-process.js';
import { database, freshDatabase, freshNamespace, redis, start } from './start.js';

test('what another protocol left in Redis is neither counted on nor read nor persisted', async () => {
  const namespace = freshNamespace();
  const url = await freshDatabase();
  const make = async () => ({
    imports: [
      await database({ url }),
      FastCounterModule.forRoot({ redis: redis(), namespace, updateInterval: 0 }),
    ],
  });
  const command = await redisCommands(inject('redisAdminUrl'));
  const leave = async (protocol: string): Promise<void> => {
    for (const key of (await command('KEYS', `fastcounter:{${namespace}:*::state`)) as string[]) {
      await command('HSET', key, 'protocol', protocol);
    }
  };
  const counters = (await start(await make())).get(CounterService);
  await counters.incr('kept', 3, { updateInterval: 600_000 });
  await leave('another');

  const refused = { status: 'rejected', reason: { code: 'PROTOCOL_MISMATCH' } };
  const calls = [
    counters.incr('kept'),
    counters.incrAndGet('kept'),
    counters.set('kept', 1),
    counters.getCount('kept'),
    counters.getCounts(['a', 'b', 'c']),
  ];
  for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject(refused);
  const error = await start(await make()).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProtocolMismatchError);
  expect((error as Error).message).toContain(`namespace "${namespace}"`);
  expect(await counters.list()).toEqual([]);

  await leave('2');
  await counters.incr('kept', 4);
  expect(await counters.getCount('kept')).toBe(7);
  await counters.flush();
  expect(await counters.list()).toMatchObject([{ name: 'kept', value: 7 }]);
});

test('what version 0.1 left in Redis is counted on, and it is refused from then on', async () => {
  const namespace = freshNamespace();
  const partitionOf = partitioner(5);
  const old = await Promise.all(
    Array.from({ length: 5 }, async (_, partition) => {
      const process = await OldProcess.start(inject('redisAdminUrl'), namespace, partition);
      await process.seed();
      return process;
    }),
  );
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const of = (name: string) => old[partitionOf(name)] as OldProcess;
  const key = { idempotencyKey: 'order-1001' };
  for (const name of names) await of(name).add([{ name, delta: 2 }]);
  for (const process of old) await process.claim();
  for (const name of names) await of(name).add([{ name, delta: 30, ...key, interval: 600_000 }]);

  const app = await start({
    imports: [
      await database(),
      FastCounterModule.forRoot({ redis: redis(), namespace, updateInterval: 0 }),
    ],
  });
  const counters = app.get(CounterService);
  expect(await counters.getCounts(names)).toEqual(names.map(() => 32));
  for (const name of names) await counters.incr(name, 30, key);
  await counters.incrMany(names.map((name) => ({ name, delta: 400 })));
  await counters.flush();
  expect((await counters.list()).map(({ name, value }) => [name, value]).sort()).toEqual(
    names.map((name) => [name, 432]),
  );
  for (const name of names) {
    expect(await of(name).add([{ name, delta: 5000 }])).toEqual(['protocol', '2']);
  }
  expect(await counters.getCounts(names)).toEqual(names.map(() => 432));
});
