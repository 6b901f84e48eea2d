import { expect, onTestFinished, test } from 'vitest';
import { expectCountedExactly } from '../../support/processes/checks.js';
import { createWorld } from '../../support/processes/world.js';
import { asCounterUser } from '../../support/servers/documented-access.js';
import { startRedis } from '../../support/servers/redis.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { expectExactly, mayFail } from '../../support/told.js';
import { addressOf, Procedure } from './page.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);
// not to wait for further replicas
const settings = {
  arguments: ['--appendonly', 'yes', '--save', '', '--repl-diskless-sync-delay', '0'],
};
const page = new Procedure('moving-redis');

test('a replica that is promoted takes over everything while others count, there and back', async () => {
  const [old, another] = await Promise.all([startRedis(settings), startRedis(settings)]);
  const name = await startTcpProxy(old.url);
  onTestFinished(async () => {
    await name.stop();
    await Promise.all([old.stop(), another.stop()]);
  });
  const variables = { ...addressOf('OLD', old.url), ...addressOf('NEW', another.url) };
  const world = await createWorld({ redisUrl: name.url });
  const [worker, producer] = await Promise.all([world.start(), world.start({ workers: false })]);
  const kept = { options: { idempotencyKey: 'kept', updateInterval: 600_000 } };
  await producer.incr('kept', { delta: 7, ...kept });
  for (const process of [worker, producer]) await process.startLoad({ names });

  expect(await page.run('1. Let the new server copy the old one', variables)).toContain('OK');
  expect(await page.run('2. Promote it', variables)).toMatch(/slave\n$/);
  name.direct(another.url);
  await expect.poll(() => page.run('4. See that all is well', variables)).toBe('master\n5\n');
  expect(await page.run('Going back', variables)).toMatch(/slave\n$/);
  name.direct(old.url);
  await page.run('2. Promote it', variables);
  name.direct(another.url);
  await page.run('5. End the old server', variables);
  expect(page.left).toEqual([]);

  const direct = await world.start({ redisUrl: asCounterUser(another.url) });
  for (const process of [worker, producer]) {
    expect((await process.stopLoad()).failed).toEqual({});
  }
  await expectCountedExactly(world, direct, names);
  // what waited, and its key, moved along
  expect(await producer.incr('kept', { delta: 7, ...kept })).toMatchObject({ acknowledged: 1 });
  await direct.flush();
  expect(await world.row('kept')).toBe(7n);
  await expectExactly(world.processes, {
    ...mayFail('write', 'read', 'persist', 'queue'),
    persistFailed: 'may',
    duplicateSkipped: 'may',
  });
});
