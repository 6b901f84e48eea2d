import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { CounterService } from '../../../lib/index.js';
import { type ApplicationOptions, startApplication } from '../../support/application.js';
import { newDatabase } from '../../support/surroundings.js';
import { asCounterUser } from '../../support/servers/documented-access.js';
import { startRedis } from '../../support/servers/redis.js';
import { counting } from './load.js';
import { functionsOf, Procedure } from './page.js';

const page = new Procedure('number-of-queues');
const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);

/** Those who count one after the other in a namespace and a database. */
async function deployment() {
  const databaseUrl = await newDatabase();
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const start = async (options: ApplicationOptions) => {
    const application = await startApplication({ databaseUrl, namespace, ...options });
    onTestFinished(application.close);
    return application;
  };
  const { drain } = (await functionsOf('number-of-queues')) as {
    drain: (counters: CounterService) => Promise<void>;
  };
  /** Steps 2 and 3. */
  const forget = async (options: ApplicationOptions): Promise<void> => {
    const last = await start(options);
    await drain(last.counters);
    await last.close();
    const heading = '3. Forget the queues';
    const variables = { NAMESPACE: namespace, REDIS_URL: inject('redisAdminUrl') };
    expect(Number(await page.run(heading, variables))).toBeGreaterThan(5);
    await last.asOwner(page.take(heading, 'sql').replaceAll('shop', namespace));
  };
  return { start, forget, drain };
}

test('processes that stop and start with another number have all totals, and nothing is reported', async () => {
  const { start, forget, drain } = await deployment();
  const old = { queue: { count: 3 }, updateInterval: 600_000 };
  const before = await Promise.all([start(old), start(old)]);
  const loads = before.map(({ counters }) => counting(counters, names));
  await expect.poll(() => loads[0]?.rounds).toBeGreaterThan(20);
  // where something is left
  const { counters } = await start(old);
  const unflushed = { flush: () => Promise.resolve(), status: () => counters.status() };
  await expect(drain(unflushed as CounterService)).rejects.toThrow('left in Redis');
  const counted = (await Promise.all(loads.map((load) => load.stop()))).reduce((a, b) => a + b);
  for (const { close } of before) await close();

  await forget(old);
  const after = await start({ queue: { count: 7 } });
  expect(await after.counters.getCounts(names)).toEqual(names.map(() => counted));
  await after.counters.incrMany(names.map((name) => ({ name })));
  await after.counters.flush();
  for (const name of names) expect(await after.row(name)).toBe(BigInt(counted + 1));
  expect((await after.counters.status()).problems).toEqual([]);
  expect(page.left).toEqual([]);
});

test('an empty Redis takes over in the same way', async () => {
  const another = await startRedis();
  onTestFinished(() => another.stop());
  const { start, forget } = await deployment();
  const before = await start({});
  await before.counters.incrMany(names.map((name) => ({ name, delta: 5 })));
  await before.close();
  await forget({});
  const after = await start({ redis: asCounterUser(another.url) });
  await after.counters.incrMany(names.map((name) => ({ name })));
  expect(await after.counters.getCounts(names)).toEqual(names.map(() => 6));
  await after.counters.flush();
  expect((await after.counters.status()).problems).toEqual([]);
});
