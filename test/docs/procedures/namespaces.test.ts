import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type CounterService, MeteringService } from '../../../lib/index.js';
import { type Application, startApplication } from '../../support/application.js';
import type { DataSource } from 'typeorm';
import { counting } from './load.js';
import { functionsOf, Procedure } from './page.js';

interface Side {
  namespace: string;
  counters: CounterService;
}

const page = new Procedure('namespaces');
const names = Array.from({ length: 20 }, (_, i) => `billing:${i}`);
const others = ['clicks', 'billings'];

async function start(options: Parameters<typeof startApplication>[0] = {}): Promise<Application> {
  const application = await startApplication(options);
  onTestFinished(application.close);
  return application;
}

const problems = async ({ counters }: Application) => (await counters.status()).problems;

/** What a counter counted today. */
async function today({ app }: Application, name: string): Promise<number> {
  const from = new Date(Date.now() - 2 * 86_400_000);
  const days = await app.get(MeteringService).series(name, { window: 'day', from });
  return days.reduce((sum, { value }) => sum + value, 0);
}

test('a namespace that is renamed keeps what is persisted, what is pending, and keys', async () => {
  const seldom = { updateInterval: 600_000 };
  const first = await start(seldom);
  const { databaseUrl, namespace } = first;
  const load = counting(first.counters, names);
  await expect.poll(() => load.rounds).toBeGreaterThan(10);
  await first.counters.flush();
  await expect.poll(() => load.rounds).toBeGreaterThan(20);
  await first.counters.incr('once', 3, { idempotencyKey: 'key' });
  const counted = await load.stop();
  await first.close();

  const variables = { FROM: namespace, TO: `new-${namespace}`, REDIS_URL: inject('redisAdminUrl') };
  expect(await page.run('2. Rename the keys', variables)).toMatch(/^(1\n)+$/);
  const sql = page.take('3. Rename the rows', 'sql');
  await first.asOwner(
    sql.replace("'store'", `'${variables.TO}'`).replace("'shop'", `'${namespace}'`),
  );
  const second = await start({ ...seldom, databaseUrl, namespace: variables.TO });
  await second.counters.incr('once', 3, { idempotencyKey: 'key' });
  expect(await second.counters.getCount('once')).toBe(3);
  await second.counters.incrMany(names.map((name) => ({ name })));
  expect(await second.counters.getCounts(names)).toEqual(names.map(() => counted + 1));
  await second.counters.flush();
  expect(await second.row('billing:7')).toBe(BigInt(counted + 1));
  expect(await today(second, 'billing:7')).toBe(counted);
  expect(await problems(second)).toEqual([]);
  expect(page.left).toEqual([]);
});

test('counters of a prefix move to another namespace while old and new processes count', async () => {
  const often = { updateInterval: 50, sweepInterval: 100 };
  const old = await start(often);
  const { databaseUrl } = old;
  const next = await start({
    ...often,
    databaseUrl,
    namespace: `next-${randomUUID().slice(0, 8)}`,
  });
  const { splitOff } = (await functionsOf('namespaces')) as {
    splitOff: (
      database: DataSource,
      prefix: string,
      sides: Record<'from' | 'to', Side>,
    ) => Promise<number>;
  };
  const sides = { from: old, to: next };
  const oldLoad = counting(old.counters, [...names, ...others]);
  const newLoad = counting(next.counters, names);
  for (let time = 0; time < 10; time++) {
    await splitOff(old.dataSource, 'billing:', sides);
    // so that they are cached on both sides
    await Promise.all([old.counters.getCounts(names), next.counters.getCounts(names)]);
  }
  const before = await oldLoad.stop();
  await splitOff(old.dataSource, 'billing:', sides);
  expect(await splitOff(old.dataSource, 'billing:', sides)).toBe(0);
  const total = before + (await newLoad.stop());
  expect(await old.counters.getCounts([...names, ...others])).toEqual([
    ...names.map(() => 0),
    ...others.map(() => before),
  ]);
  expect(await next.counters.getCounts(names)).toEqual(names.map(() => total));
  await next.counters.flush();
  expect(await next.row('billing:7')).toBe(BigInt(total));
  expect([await today(old, 'billing:7'), await today(next, 'billing:7')]).toEqual([0, total]);
  expect([...(await problems(old)), ...(await problems(next))]).toEqual([]);
});
