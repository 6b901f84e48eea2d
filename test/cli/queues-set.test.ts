import { expect, inject, it, onTestFinished } from 'vitest';
import { startApplication } from '../support/application.js';
import { asked, fastcounter } from './command.js';

it('another number of queues is set when nobody counts and nothing is left', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);
  const before = await startApplication({ queue: { count: 3 }, updateInterval: 600_000 });
  const { databaseUrl, namespace } = before;
  const admin = { databaseUrl, namespace, redis: inject('redisAdminUrl') };
  await before.counters.incrMany(names.map((name) => ({ name, delta: 2 })));
  const running = await fastcounter(admin, ['queues', 'set', '7', '--yes']);
  expect(running).toMatchObject({ status: 64 });
  expect(running.error).toContain('Stop all processes first');
  // in order: what was counted is in Redis
  await before.close();
  const pending = await fastcounter(admin, ['queues', 'set', '7', '--yes']);
  expect(pending).toMatchObject({ status: 64 });
  expect(pending.error).toContain('20 counters pending');
  const last = await startApplication({ databaseUrl, namespace, queue: { count: 3 } });
  await last.counters.flush();
  await last.close();

  const dry = await asked(admin, ['queues', 'set', '7']);
  expect(dry).toMatchObject({ status: 0, data: { before: 3, queues: 7, done: false } });
  const done = await asked(admin, ['queues', 'set', '7', '--yes']);
  expect(done).toMatchObject({ status: 0, data: { queues: 7, done: true } });
  const former = startApplication({ databaseUrl, namespace, queue: { count: 3 } });
  await expect(former).rejects.toThrow('counts on 7 queues');
  const after = await startApplication({ databaseUrl, namespace, queue: { count: 7 } });
  onTestFinished(after.close);
  expect(await after.counters.getCounts(names)).toEqual(names.map(() => 2));
  await after.counters.incrMany(names.map((name) => ({ name })));
  await after.counters.flush();
  for (const name of names) expect(await after.row(name)).toBe(3n);
  expect((await after.counters.status()).problems).toEqual([]);
});
