import { expect, inject, test } from 'vitest';
import { CounterService, FastCounterModule, ProtocolMismatchError } from '../../lib/index.js';
import { redisCommands } from '../support/redis-cache.js';
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
