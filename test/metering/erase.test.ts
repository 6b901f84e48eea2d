import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  CounterEvents,
  type CounterEventMap,
  CounterService,
  type Dimensions,
  type Erased,
  type ErasedPart,
  FastCounterModule,
  InvalidArgumentError,
  InvalidCounterNameError,
  meteredName,
  MeteringService,
  ParkedCounts,
  parseMeteredName,
} from '../../lib/index.js';
import type { Mode } from '../support/application.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { sqliteOptions } from '../support/sqlite.js';

const HOUR = 3_600_000;
const NOTHING: Erased = { counters: 0, windows: 0, parked: 0, outbox: 0 };

const postgres = async (): Promise<TypeOrmModuleOptions> => ({
  ...{ type: 'postgres', url: await createDatabase(inject('databaseUrl')) },
});
const mariadb = async (): Promise<TypeOrmModuleOptions> => ({
  ...{ type: 'mariadb', url: await createMariadbDatabase(inject('mariadbUrl')), timezone: 'Z' },
});
const CASES: readonly [string, Mode, () => Promise<TypeOrmModuleOptions>][] = [
  ['PostgreSQL and Redis', 'redis', postgres],
  ['MariaDB and Redis', 'redis', mariadb],
  ['SQLite, embedded', 'embedded', () => Promise.resolve(sqliteOptions('sqljs'))],
];

async function start(mode: Mode, options: TypeOrmModuleOptions) {
  @Module({})
  class ApplicationModule {}
  const redis = mode === 'redis' ? inject('redisUrl') : undefined;
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot({
          ...options,
          ...{ autoLoadEntities: true, synchronize: true, retryAttempts: 0 },
        }),
        FastCounterModule.forRoot({
          redis,
          namespace,
          updateInterval: HOUR,
          sweepInterval: 60_000,
        }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  const dataSource = app.get(DataSource);
  /** Names in a table of the module. */
  const named = async (table: string): Promise<string[]> => {
    const rows = await dataSource.query<{ name: string }[]>(
      `SELECT name FROM ${table} WHERE namespace = '${namespace}'`,
    );
    return rows.map(({ name }) => name);
  };
  return {
    ...{ app, dataSource, namespace, counters: app.get(CounterService) },
    ...{ metering: app.get(MeteringService), events: app.get(CounterEvents), named },
    cache: app.get<CounterCache>(COUNTER_CACHE),
  };
}

type Started = Awaited<ReturnType<typeof start>>;

/** Redis finds out that it went back: what is pending is put aside. */
async function park({ cache }: Started): Promise<void> {
  for (const partition of [0, 1, 2, 3, 4]) {
    const { fence = 0 } = await cache.sweep(partition);
    await cache.park(partition, undefined, fence + 1, randomUUID());
  }
}

/** Names of counters in Redis, or in the memory of the process, wherever they wait. */
async function waiting({ cache }: Started): Promise<string[]> {
  const names: string[] = [];
  for (const partition of [0, 1, 2, 3, 4]) {
    for (const window of [undefined, '']) {
      const { entries } = await cache.waiting(partition, { prefix: '', window });
      names.push(...entries.map(({ name }) => name));
    }
  }
  return names;
}

describe.each(CASES)('erase(), %s', (_, mode, database) => {
  let started: Started;
  beforeAll(async () => {
    started = await start(mode, await database());
  });
  afterAll(() => started.app.close());

  test('removes what was counted for a value, in whatever place it stands, and nothing else', async () => {
    const { metering, counters, events, named } = started;
    const told: CounterEventMap['changed'][0][] = [];
    const listen = (event: CounterEventMap['changed'][0]) => void told.push(event);
    const record = (tenant: string, delta = 1) =>
      metering.record('orders', delta, {
        // first, in the middle and last
        dimensions: { tenant, plan: 'pro', zone: 'eu' },
        windows: ['day', 'month'],
      });
    const others = ['acme2', 'acm', 'ACME', 'acme eu', 'pro', 'acm_', 'a%'];
    await Promise.all(['acme', ...others].map((tenant) => record(tenant)));
    await metering.record('mails', 3, { dimensions: { plan: 'acme', tenant: 'other' } });
    await counters.incrMany([{ name: 'acme' }, { name: 'tenant}acme' }]);
    await counters.flush();
    // more, that waits
    await Promise.all(['acme', ...others].map((tenant) => record(tenant, 2)));
    await metering.record('visits', 4, { dimensions: { tenant: 'acme' }, windows: ['hour'] });
    await metering.consume('exports', {
      limit: 9,
      window: 'month',
      dimensions: { tenant: 'acme' },
    });
    events.on('changed', listen);
    const erased = await metering.erase(
      { dimensions: { tenant: 'acme' } },
      { by: 'ann', reason: 'has left' },
    );
    events.off('changed', listen);
    // 4 of orders with two windows each, one of visits and one of exports with one window each
    expect(erased).toEqual({ ...NOTHING, counters: 6, windows: 10 });
    expect(told).toHaveLength(6);
    for (const event of told) {
      expect(event).toMatchObject({
        ...{ operation: 'delete', after: 0n, by: 'ann', reason: 'has left' },
      });
      expect(parseMeteredName(event.name).dimensions).toMatchObject({ tenant: 'acme' });
    }
    const left = [
      ...(await named('fast_counter')),
      ...(await named('fast_counter_bucket')),
      ...(await waiting(started)),
    ];
    expect(left.filter((name) => parseMeteredName(name).dimensions.tenant === 'acme')).toEqual([]);
    for (const tenant of others) {
      const parts: Dimensions[] = [{ tenant }, { tenant, plan: 'pro' }, { tenant, zone: 'eu' }];
      for (const dimensions of parts) {
        expect(await metering.total('orders', dimensions)).toBe(3);
        const month = { window: 'month', from: new Date(), dimensions } as const;
        expect(await metering.sum('orders', month)).toBe(3);
      }
    }
    // what names nobody keeps the sum of all
    expect(await metering.total('orders')).toBe(24);
    expect(await metering.total('orders', { plan: 'pro' })).toBe(24);
    expect(await metering.total('mails', { plan: 'acme' })).toBe(3);
    expect(await counters.getCounts(['acme', 'tenant}acme'])).toEqual([1, 1]);
    expect(
      await metering.quota('exports', {
        limit: 9,
        window: 'month',
        dimensions: { tenant: 'acme' },
      }),
    ).toMatchObject({ used: 0 });
    expect(await metering.erase({ dimensions: { tenant: 'acme' } })).toEqual(NOTHING);
  });

  test('takes any value for what it is, also what others begin with', async () => {
    const { metering, counters } = started;
    const values = [
      ...['%', '_', 'a', 'a%', 'ab', 'a_b', 'axb', "o'brien", '"', '`', '\\', '*', '[a]', '?', '!'],
      ...[':', 'a:b', ',', 'a,b', '{a}', '%25', ' a', 'a ', '\n', 'é', 'e\u0301', '😀', '😀😀', ''],
      ...['$1', '\u0000', 'A', 'null', '__proto__', 'x'.repeat(100)],
    ];
    const part = (t: string) => ({ dimensions: { t, s: 'x' }, combinations: [['t'], ['s', 't']] });
    await Promise.all(values.map((t) => metering.record('hostile', 1, part(t))));
    await counters.flush();
    await Promise.all(values.map((t) => metering.record('hostile', 1, part(t))));
    const erased = [
      '%',
      '_',
      'a',
      "o'brien",
      '\\',
      '*',
      '[a]',
      ':',
      ',',
      '{a}',
      '\u0000',
      'é',
      '',
      '__proto__',
    ];
    for (const t of erased) {
      const report = await metering.erase({ dimensions: { t }, name: 'hostile' });
      expect(report, JSON.stringify(t)).toEqual({ ...NOTHING, counters: 2 });
    }
    const counts = async (t: string) =>
      counters.getCounts([meteredName('hostile', { t }), meteredName('hostile', { t, s: 'x' })]);
    for (const t of values) {
      const count = erased.includes(t) ? 0 : 2;
      expect(await counts(t), JSON.stringify(t)).toEqual([count, count]);
    }
    expect(await metering.total('hostile')).toBe(2 * values.length);
  });

  test('keeps other names where one is given, and takes what has all of the values where there are several', async () => {
    const { metering } = started;
    const dimensions = { user: 7, beta: true };
    await metering.record('one', 1, { dimensions });
    await metering.record('one.more', 1, { dimensions });
    await metering.record('two', 1, { dimensions: { user: 7, beta: false } });
    const both = { dimensions: { beta: 'true', user: '7' } };
    expect(await metering.erase({ ...both, name: 'one' })).toEqual({ ...NOTHING, counters: 1 });
    expect(await metering.total('one', dimensions)).toBe(0);
    expect(await metering.total('one', { user: 7 })).toBe(1);
    expect(await metering.total('one.more', dimensions)).toBe(1);
    expect(await metering.erase(both)).toEqual({ ...NOTHING, counters: 1 });
    expect(await metering.erase({ dimensions: { user: 7 } })).toEqual({ ...NOTHING, counters: 4 });
    expect(await metering.total('two', { beta: false })).toBe(1);
  });

  test('what comes later counts anew, under keys that had counted too', async () => {
    const { metering, counters } = started;
    const name = meteredName('anew', { tenant: 'k' });
    const count = async () => [
      await counters.incrOnce(name, 'a visitor', { within: HOUR }),
      await counters.incrAndGet(name, 5, { idempotencyKey: 'a key' }),
    ];
    expect(await count()).toEqual([true, 6]);
    expect(await count()).toEqual([false, 6]);
    expect(await metering.erase({ dimensions: { tenant: 'k' } })).toMatchObject({ counters: 1 });
    expect(await count()).toEqual([true, 6]);
    expect(await counters.undoOnce(name, 'a visitor')).toBe(true);
  });

  test('removes parked counts, and windows of which nothing else is left', async () => {
    const { app, metering, counters, cache, named } = started;
    const parked = app.get(ParkedCounts);
    const dimensions = { tenant: 'parked', plan: 'pro' };
    await metering.record('put', 1, { dimensions, windows: ['day'] });
    await counters.flush();
    // of the other tenant nothing is left but windows, and of this one too
    const rows = (await named('fast_counter')).filter((name) => name.startsWith('put{'));
    expect(rows).toHaveLength(3);
    await started.dataSource.query(`DELETE FROM fast_counter WHERE name LIKE 'put{%'`);
    for (const partition of [0, 1, 2, 3, 4]) await cache.refresh(partition);
    await metering.record('put', 2, { dimensions, windows: ['day'] });
    await metering.record('put', 4, { dimensions: { tenant: 'stays' } });
    await park(started);
    // all of `put` and of its parts, with their days
    const erased = await metering.erase({ dimensions: { tenant: 'parked' } }, { by: 'ann' });
    expect(erased).toEqual({ counters: 2, windows: 2, parked: 4, outbox: 0 });
    const left: string[] = [];
    for (const { id } of await parked.list()) {
      for await (const { name } of parked.entries(id)) left.push(name);
    }
    expect(left.sort()).toEqual([
      ...['put', 'put', 'put{plan}pro', 'put{plan}pro', 'put{tenant}stays'],
    ]);
    expect(
      (await named('fast_counter_bucket')).filter((name) => name.startsWith('put')).sort(),
    ).toEqual(['put', 'put{plan}pro']);
    for (const { id } of await parked.list()) await parked.discard(id);
  });

  test('removes increments of transactions that wait: those to be counted, and those for an operator', async () => {
    const { metering, counters, dataSource, namespace, named } = started;
    const count = (tenant: string) =>
      dataSource.transaction((transaction) =>
        metering.record('booked', 1, { dimensions: { tenant }, transaction }),
      );
    for (const tenant of ['leaves', 'remains']) await count(tenant);
    await counters.flush();
    for (const tenant of ['leaves', 'remains']) await count(tenant);
    const id = (name: string) => `x${name.replace(/\W/g, '')}`;
    for (const name of ['booked{tenant}leaves', 'booked{tenant}remains']) {
      await dataSource.query(
        `INSERT INTO fast_counter_outbox (namespace, id, name, delta, windows, update_interval, made_at, taken_at, taken_by, refused)
         VALUES ('${namespace}', '${id(name)}', '${name}', 1, '-', -1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '', 'why')`,
      );
    }
    const erased = await metering.erase({ dimensions: { tenant: 'leaves' } });
    expect(erased).toEqual({ counters: 1, windows: 0, parked: 0, outbox: 1 });
    expect(await named('fast_counter_outbox')).toEqual(['booked{tenant}remains']);
    expect(await metering.total('booked', { tenant: 'leaves' })).toBe(0);
    expect(await metering.total('booked', { tenant: 'remains' })).toBe(2);
    expect(await metering.total('booked')).toBe(4);
    await dataSource.query(`DELETE FROM fast_counter_outbox WHERE namespace = '${namespace}'`);
  });

  test('tells how far it is, in steps, and goes on where it broke off', async () => {
    const { metering, counters } = started;
    const many = Array.from({ length: 250 }, (__, i) => ({ name: `many{tenant,u}big,${i}` }));
    await counters.incrMany(many);
    await counters.flush();
    const steps: Erased[] = [];
    const broken = metering.erase(
      { dimensions: { tenant: 'big' } },
      {
        onProgress: (progress) => {
          steps.push(progress);
          if (steps.length === 2) throw new Error('enough');
        },
      },
    );
    await expect(broken).rejects.toThrow('enough');
    expect(steps.map((step) => step.counters)).toEqual([100, 200]);
    expect(await counters.count({ prefix: 'many{' })).toBe(50);
    let last: Erased | undefined;
    const onProgress = async (progress: Erased) => {
      last = await Promise.resolve(progress);
    };
    const erased = await metering.erase({ dimensions: { tenant: 'big' } }, { onProgress });
    expect(erased).toEqual({ ...NOTHING, counters: 50 });
    expect(last).toEqual(erased);
  });

  test('loses nothing that is counted when it has ended, and reads of others are right meanwhile', async () => {
    const { metering, counters } = started;
    const record = (tenant: string) =>
      metering.record('beside', 1, { dimensions: { tenant }, windows: ['day'] });
    for (let round = 0; round < 3; round++) {
      const own = await metering.total('beside', { tenant: 'other' });
      const before = Array.from({ length: 30 }, () => [record('goes'), record('other')]).flat();
      await Promise.all(before);
      const erasing = metering.erase({ dimensions: { tenant: 'goes' } });
      const meanwhile = Array.from({ length: 30 }, () => [record('goes'), record('other')]).flat();
      await Promise.all([erasing, ...meanwhile]);
      const kept = await metering.total('beside', { tenant: 'goes' });
      expect(kept).toBeLessThanOrEqual(30);
      await record('goes');
      expect(await metering.total('beside', { tenant: 'goes' })).toBe(kept + 1);
      expect(await metering.total('beside', { tenant: 'other' })).toBe(own + 60);
      await counters.flush();
      expect(await metering.total('beside', { tenant: 'goes' })).toBe(kept + 1);
    }
  });

  test.each([
    [undefined, InvalidArgumentError, 'options of erase()'],
    [{}, InvalidArgumentError, 'dimensions must be a plain object'],
    [{ dimensions: {} }, InvalidArgumentError, 'erase() needs one dimension at least'],
    [{ dimensions: { tenant: undefined } }, InvalidArgumentError, 'Dimension "tenant" must be'],
    [{ dimensions: { 'a b': 1 } }, InvalidArgumentError, 'The name of a dimension must be'],
    [{ dimensions: { t: 'x'.repeat(192) } }, InvalidCounterNameError, 'has more than 191'],
    [{ dimensions: { t: 1 }, name: 'a{b}c' }, InvalidArgumentError, 'without { and }'],
    [{ dimensions: { t: 1 }, name: '' }, InvalidCounterNameError, 'must not be empty'],
    [{ dimensions: { t: 1 }, tenant: 1 }, InvalidArgumentError, 'tenant'],
  ])('refuses %j', async (what, error, message) => {
    const { metering } = started;
    const erasing = metering.erase(what as unknown as ErasedPart);
    await expect(erasing).rejects.toThrow(error);
    await expect(erasing).rejects.toThrow(message);
  });

  test.each([{ by: '' }, { onProgress: 7 }, { dryRun: true }])(
    'refuses the options %j',
    async (options) => {
      const { metering } = started;
      const erasing = metering.erase({ dimensions: { t: 1 } }, options as object);
      await expect(erasing).rejects.toThrow(InvalidArgumentError);
    },
  );
});
