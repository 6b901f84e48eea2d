import { type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CounterService, getFastCounterToken } from 'nestjs-fastcounter';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startApplication } from '../../support/application.js';
import { asCounterUser } from '../../support/servers/documented-access.js';
import { startRedis } from '../../support/servers/redis.js';
import { counting } from './load.js';
import { functionsOf } from './page.js';

const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);

test('the sum over regions is exact to the last increment, and each counts when the other is away', async () => {
  const another = await startRedis();
  onTestFinished(() => another.stop());
  const redis = { eu: inject('redisUrl'), us: asCounterUser(another.url) };
  const [eu, us] = await Promise.all(
    (['eu', 'us'] as const).map(async (name) => {
      const region = await startApplication({ redis: redis[name], namespace: `shop-${name}` });
      onTestFinished(region.close);
      process.env[`${name.toUpperCase()}_REDIS_URL`] = redis[name];
      process.env[`${name.toUpperCase()}_DATABASE_URL`] = region.databaseUrl;
      return region;
    }),
  );
  if (eu === undefined || us === undefined) throw new Error('no regions');
  const page = (await functionsOf('regions')) as {
    ReportModule: Type;
    totals: (regions: CounterService[], names: string[]) => Promise<bigint[]>;
    persisted: (regions: CounterService[], prefix: string) => Promise<bigint>;
  };
  const report: INestApplicationContext = await NestFactory.createApplicationContext(
    page.ReportModule,
    { logger: false, abortOnError: false },
  );
  onTestFinished(() => report.close());
  const regions = ['eu', 'us'].map((name) =>
    report.get<CounterService>(getFastCounterToken(CounterService, name)),
  );

  const loads = [eu, us].map(({ counters }) => counting(counters, names));
  await expect.poll(() => loads[0]?.rounds).toBeGreaterThan(20);
  const total = BigInt(
    (await Promise.all(loads.map((load) => load.stop()))).reduce((a, b) => a + b),
  );
  expect(await page.totals(regions, names)).toEqual(names.map(() => total));
  for (const { counters } of [eu, us]) await counters.flush();
  expect(await page.persisted(regions, 'counter:')).toBe(total * BigInt(names.length));
  for (const { counters } of [eu, us, ...regions.map((counters) => ({ counters }))]) {
    expect((await counters.status()).problems).toEqual([]);
  }

  await another.kill();
  await eu.counters.incrMany(names.map((name) => ({ name })));
  expect(await eu.counters.getCount('counter:0')).toBeGreaterThan(0);
  await expect(page.totals(regions, names)).rejects.toThrow();
  await another.restart();
  await expect
    .poll(() => page.totals(regions, names).catch(String))
    .toEqual(names.map(() => total + 1n));
});
