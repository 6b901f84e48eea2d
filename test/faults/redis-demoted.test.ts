import { expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { redisCommands } from '../support/redis-cache.js';
import { startRedis } from '../support/servers/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, listenTo, mayFail } from '../support/told.js';

test('a primary that becomes a replica and keeps its connections is left for the new one', async () => {
  const settings = ['--save', '', '--repl-diskless-sync-delay', '0'];
  const primary = await startRedis({ arguments: settings });
  const replica = await startRedis({
    arguments: [...settings, '--replicaof', '127.0.0.1', String(primary.port)],
  });
  const clients = await startTcpProxy(primary.url);
  onTestFinished(async () => {
    await clients.stop();
    await Promise.all([primary.stop(), replica.stop()]);
  });
  const application = await startApplication({
    redis: clients.url,
    updateInterval: 50,
    queue: { count: 1 },
  });
  const { counters, row } = application;
  onTestFinished(application.close);
  const teller = listenTo(application);
  await counters.incr('a');
  await expect.poll(() => row('a')).toBe(1n);
  const [toPrimary, toReplica] = [
    await redisCommands(primary.url),
    await redisCommands(replica.url),
  ];
  await toPrimary('SET', 'written', 'last');
  await expect.poll(() => toReplica('GET', 'written')).toBe('last');
  await toReplica('REPLICAOF', 'NO', 'ONE');
  clients.direct(replica.url);
  await toPrimary('REPLICAOF', '127.0.0.1', String(replica.port));
  await counters.incr('a');
  await expect.poll(() => row('a')).toBe(2n);
  // the queue as well: a worker waits for jobs there
  const waits = async (): Promise<string> => String(await toReplica('CLIENT', 'LIST'));
  await expect.poll(waits).toContain('cmd=brpoplpush');
  await expectExactly([teller], {
    ...mayFail('write', 'persist', 'queue'),
    persistFailed: 'may',
  });
});
