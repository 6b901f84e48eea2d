import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  MeteringService,
} from '../../lib/index.js';
import { type Mode, MODES } from '../support/application.js';
import {
  SQLITE_KINDS,
  sqliteFile,
  type SqliteKind,
  sqliteOptions,
  type SqliteSettings,
} from '../support/sqlite.js';

async function start(
  kind: SqliteKind,
  settings: SqliteSettings = {},
  { mode = 'embedded', namespace = 'a' }: { mode?: Mode; namespace?: string } = {},
) {
  @Module({})
  class ApplicationModule {}
  const redis = mode === 'redis' ? { redis: inject('redisUrl') } : {};
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot({
          ...sqliteOptions(kind, settings),
          ...{ autoLoadEntities: true, synchronize: true, retryAttempts: 0 },
        }),
        FastCounterModule.forRoot({ ...redis, namespace, updateInterval: 200 }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await app.close();
    isOpen = false;
  };
  onTestFinished(close);
  return {
    counters: app.get(CounterService),
    metering: app.get(MeteringService),
    events: app.get(CounterEvents),
    dataSource: app.get(DataSource),
    close,
  };
}

const someNamespace = (): string => `test-${randomUUID().slice(0, 8)}`;

describe.each(SQLITE_KINDS)('the way of an increment to SQLite, by %s', (kind) => {
  test('counts are read at once, persisted, and read by a process that starts later on the same file', async () => {
    const file = sqliteFile();
    const first = await start(kind, { file });
    await Promise.all(Array.from({ length: 500 }, () => first.counters.incr('hot')));
    await first.counters.incr('größe 😀', 2n ** 60n + 1n);
    expect(await first.counters.getCount('hot')).toBe(500);
    await first.metering.record('calls', 3, { windows: ['hour', 'day'] });
    await first.counters.flush();
    expect(await first.counters.list({ prefix: 'h' })).toMatchObject([{ name: 'hot', value: 500 }]);
    // not flushed: the shutdown persists it
    await first.counters.incr('hot');
    await first.close();
    const second = await start(kind, { file });
    await second.counters.incr('hot', 2);
    expect(await second.counters.getCount('hot')).toBe(503);
    expect(await second.counters.getCount('größe 😀', { bigint: true })).toBe(2n ** 60n + 1n);
    const hours = await second.metering.series('calls', {
      window: 'hour',
      from: Date.now() - 7_200_000,
      to: Date.now() + 1,
    });
    expect(hours.reduce((sum, { value }) => sum + value, 0)).toBe(3);
    await second.counters.delete('hot');
    await second.counters.flush();
    expect(await second.counters.list({ prefix: 'h' })).toEqual([]);
    const { problems } = await second.counters.status();
    expect(problems.map(({ code }) => code)).toEqual([]);
  });

  test('a quota lets through what it allows, and no more', async () => {
    const { metering } = await start(kind);
    const taken = await Promise.all(
      Array.from({ length: 8 }, () => metering.consume('seats', { limit: 5 })),
    );
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  test('an increment in a transaction that is rolled back counts: also the first of all', async () => {
    const { counters, dataSource } = await start(kind);
    await dataSource.query('CREATE TABLE note (text varchar)');
    const names = Array.from({ length: 20 }, (_, index) => `name ${index}`);
    const done = dataSource.transaction(async (manager) => {
      await manager.query(`INSERT INTO note VALUES ('mine')`);
      for (const name of names) await counters.incr(name, 3);
      // a read of what only the database knows, and a total that is computed from one
      expect(await counters.getCount('name 1')).toBe(3);
      expect(await counters.incrAndGet('another', 2)).toBe(2);
      throw new Error('taken back');
    });
    await expect(done).rejects.toThrow('taken back');
    await counters.flush();
    expect(await counters.list({ limit: 100 })).toHaveLength(21);
    expect(await counters.getCount('name 1')).toBe(3);
    expect(await dataSource.query('SELECT * FROM note')).toEqual([]);
  });

  test('batches that come due in a long transaction are persisted behind it, and nothing is told', async () => {
    const { counters, events, dataSource } = await start(kind);
    const failed: unknown[] = [];
    events.on('persistFailed', ({ error }) => failed.push(error));
    await dataSource.query('CREATE TABLE note (text varchar)');
    for (const how of ['committed', 'rolled back']) {
      const done = dataSource.transaction(async (manager) => {
        await manager.query('INSERT INTO note VALUES (?)', [how]);
        await counters.incr('due', 1);
        // longer than the update interval and a tick
        const until = Date.now() + 1_500;
        while (Date.now() < until) {
          await manager.query('SELECT COUNT(*) FROM note');
          await sleep(1);
        }
        if (how === 'rolled back') throw new Error('taken back');
      });
      if (how === 'committed') await done;
      else await expect(done).rejects.toThrow('taken back');
    }
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'due', value: 2 }]);
    expect(await dataSource.query('SELECT text FROM note')).toEqual([{ text: 'committed' }]);
    expect(failed).toEqual([]);
  });
});

describe.each(MODES)('one process, %s', (mode) => {
  test('counts on SQLite in memory', async () => {
    const { counters } = await start('sqljs', {}, { mode, namespace: someNamespace() });
    await counters.incrMany([{ name: 'a', delta: 2 }, { name: 'b' }]);
    await counters.flush();
    expect(await counters.list()).toMatchObject([
      { name: 'a', value: 2 },
      { name: 'b', value: 1 },
    ]);
  });
});

test('two processes with one Redis and a database in memory each are refused', async () => {
  const namespace = someNamespace();
  const { counters } = await start('sqljs', {}, { mode: 'redis', namespace });
  await counters.incr('a');
  await expect(start('sqljs', {}, { mode: 'redis', namespace })).rejects.toThrow(
    /counted in another database .*"memory of process/,
  );
});
