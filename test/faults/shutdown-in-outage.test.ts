import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createWorld } from '../support/processes/world.js';
import { startRedis } from '../support/servers/redis.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { expectExactly, mayFail, type Told } from '../support/told.js';

const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);
const options = { shutdownTimeout: 3000, commandTimeout: 500, updateInterval: 100 };

async function startOutage() {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const proxy = await startTcpProxy(server.url);
  onTestFinished(() => proxy.stop());
  const world = await createWorld({ redisUrl: proxy.url });
  const workers = await Promise.all(
    (['node-redis', 'iovalkey'] as const).map((client) => world.start({ ...options, client })),
  );
  await Promise.all(workers.map((worker) => worker.startLoad({ names, times: 3, pause: 20 })));
  await expect.poll(() => world.row('counter:0')).toBeGreaterThan(0);
  return { server, proxy, workers };
}

/** They write all the time; what else fails before they end is up to the moment. */
const told: Told = {
  'outage write': 'once',
  'recovery write': 'may',
  ...mayFail('persist', 'queue'),
  persistFailed: 'may',
  outcomeUnknown: 'may',
};

const inOrder = { code: null, signal: 'SIGTERM' };

test('a worker that gets SIGTERM while Redis stands still, and then loses its connections, ends in order', async () => {
  const { server, proxy, workers } = await startOutage();
  server.pause();
  await sleep(300);
  for (const worker of workers) worker.signal('SIGTERM');
  await sleep(200);
  proxy.refuse(true);
  proxy.cut('RST');
  await sleep(200);
  server.resume();
  for (const worker of workers) expect(await worker.ended).toEqual(inOrder);
  await expectExactly(workers, told);
});

test('a worker that gets SIGTERM while Redis is gone ends in order', async () => {
  const { server, workers } = await startOutage();
  await server.kill();
  onTestFinished(() => server.restart());
  await sleep(300);
  for (const worker of workers) worker.signal('SIGTERM');
  for (const worker of workers) expect(await worker.ended).toEqual(inOrder);
  await expectExactly(workers, told);
});
