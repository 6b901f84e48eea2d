import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Redis } from 'ioredis';
import {
  CounterEvents,
  type CounterEventMap,
  CounterService,
  FastCounterModule,
  MeteringService,
  ParkedCounts,
} from 'nestjs-fastcounter';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { compileExamples, findExamples } from './examples.js';
import { tablesOf } from '../support/tables.js';
import { root } from './markdown.js';

interface Recipes {
  emptyCounters(app: INestApplicationContext, redis: Redis): Promise<void>;
  removeCounters(namespace: string, servers: { redis: Redis; database: DataSource }): Promise<void>;
}

const directory = join(root, '.tmp', `docs-${randomUUID().slice(0, 8)}`);
const recipes: Partial<Recipes> = {};

beforeAll(async () => {
  const blocks = findExamples().filter(
    ({ code, place }) => place.includes('testing.md') && /^export async function/m.test(code),
  );
  for (const { file } of await compileExamples(blocks, directory)) {
    Object.assign(recipes, await import(/* @vite-ignore */ file));
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

@Module({})
class SuiteModule {}

const HALF = 2n ** 62n;
const LOSSES = ['redisWiped', 'parked', 'redisLostWrites', 'databaseWentBack', 'rowsChanged'];

/** A suite on real servers: its own database, and a namespace of the Redis that all tests share. */
async function suite() {
  const url = await createDatabase(inject('databaseUrl'));
  const namespace = `suite-${randomUUID().slice(0, 8)}`;
  const redis = new Redis(inject('redisAdminUrl'));
  onTestFinished(() => redis.disconnect());
  const told: string[] = [];
  const start = async (): Promise<INestApplicationContext> => {
    const data = { type: 'postgres', url, autoLoadEntities: true, synchronize: true } as const;
    const app = await NestFactory.createApplicationContext(
      {
        module: SuiteModule,
        imports: [
          TypeOrmModule.forRoot(data),
          FastCounterModule.forRoot({
            ...{ redis: inject('redisUrl'), namespace, queue: { count: 3 } },
            windows: { counters: [{ prefix: '', windows: ['hour'] }] },
          }),
        ],
      },
      { logger: false, abortOnError: false },
    );
    onTestFinished(() => app.close());
    for (const event of LOSSES as (keyof CounterEventMap)[]) {
      app.get(CounterEvents).on(event, () => told.push(event));
    }
    return app;
  };
  return { start, told, redis, namespace, url };
}

/** A test of the suite: it must find zero everywhere, and leaves behind whatever there is. */
async function countAll(app: INestApplicationContext): Promise<void> {
  const counters = app.get(CounterService);
  const metering = app.get(MeteringService);
  const names = ['persisted', 'pending', 'large', 'once', 'set', 'never', 'typo', 'title'];
  expect(await counters.getCounts(names, { bigint: true })).toEqual(names.map(() => 0n));
  expect(await counters.list()).toEqual([]);
  const since = { window: 'hour', from: new Date(Date.now() - 7_200_000) } as const;
  const hours = await metering.series('persisted', since);
  expect(hours.map(({ value }) => value).filter((value) => value !== 0)).toEqual([]);
  const quota = { limit: 1, window: 'month' } as const;
  expect(await metering.consume('quota', quota)).toMatchObject({ allowed: true });
  expect(await metering.consume('quota', quota)).toMatchObject({ allowed: false });
  await counters.incr('persisted', 3);
  await counters.incr('large', HALF);
  await counters.set('set', 9);
  await counters.incr('once', 1, { idempotencyKey: 'key' });
  expect(await counters.incrOnce('once', 'key', { within: 60_000 })).toBe(true);
  expect(await counters.incrOnce('once', 'key', { within: 60_000 })).toBe(false);
  expect(await counters.getCount('once')).toBe(2);
  await counters.incr('typo', 4);
  await counters.flush();
  // nothing follows a name that an earlier test renamed
  expect(await counters.getCounts(['typo', 'title'])).toEqual([4, 0]);
  await counters.rename('typo', 'title');
  expect(await counters.getCounts(['typo', 'title'])).toEqual([0, 4]);
  await counters.incr('pending', 2);
  await counters.incr('persisted');
  await counters.delete('set');
  void counters.incr('nobody');
  expect(await counters.getCounts(['persisted', 'pending', 'never'])).toEqual([4, 2, 0]);
}

test('between two tests, while the application runs, everything is zero and nothing is reported', async () => {
  const { start, told, redis, namespace } = await suite();
  const app = await start();
  for (let time = 0; time < 3; time++) {
    await countAll(app);
    await recipes.emptyCounters?.(app, redis);
    // what is on its way to the cache of Redis behind a read must not come after
    expect(await app.get(CounterService).getCount('persisted')).toBe(0);
    expect(await redis.keys(`*{${namespace}:*idempotency*`)).toEqual([]);
  }
  expect(await app.get(ParkedCounts).list()).toEqual([]);
  expect(told).toEqual([]);
  expect((await app.get(CounterService).status()).problems).toEqual([]);
});

test('what is put aside is discarded', async () => {
  const { start, redis } = await suite();
  const app = await start();
  const counters = app.get(CounterService);
  await counters.incr('full');
  await counters.flush();
  // as by somebody who changes the row
  await app.get(DataSource).query(`UPDATE fast_counter SET value = ${2n ** 63n - 1n}`);
  await counters.incr('full');
  await counters.flush();
  expect(await app.get(ParkedCounts).list()).toHaveLength(1);
  await recipes.emptyCounters?.(app, redis);
  expect(await app.get(ParkedCounts).list()).toEqual([]);
  await countAll(app);
});

/** Rows in the tables of what is kept for good. Nothing of it may be there before. */
async function keepForGood(app: INestApplicationContext): Promise<void> {
  const metering = app.get(MeteringService);
  const hour = { window: 'hour', at: new Date(Date.now() - 3 * 3_600_000) } as const;
  const why = { reason: 'a test', by: 'ann', id: 'ticket-17' };
  const corrected = await metering.correct('corrected', { ...hour, delta: 2, ...why });
  expect(corrected).toMatchObject({ made: true, before: 0, after: 2 });
  const event = { name: 'logged', id: 'line-1', at: hour.at };
  expect(await metering.importEvents([event])).toMatchObject({ counted: 1 });
  expect(await metering.closings('closed', { window: 'hour', from: hour.at })).toEqual([]);
  await metering.close('closed', hour);
}

test('with no application running, all is removed, and the next start counts from zero', async () => {
  const { start, told, redis, namespace, url } = await suite();
  const database = await new DataSource({ type: 'postgres', url }).initialize();
  onTestFinished(() => database.destroy());
  for (let run = 0; run < 2; run++) {
    const app = await start();
    await countAll(app);
    await keepForGood(app);
    await app.close();
    await recipes.removeCounters?.(namespace, { redis, database });
    expect(await redis.keys(`*{${namespace}:*`)).toEqual([]);
    for (const table of tablesOf()) {
      expect(await database.query<unknown[]>(`SELECT * FROM ${table}`), table).toEqual([]);
    }
  }
  expect(told).toEqual([]);
});
