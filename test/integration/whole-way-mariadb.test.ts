import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { CounterService, FastCounterModule, InvalidOptionsError } from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { createMariadbDatabase, startMariadb } from '../support/servers/mariadb.js';

const emptyDatabase = (): Promise<string> => createMariadbDatabase(inject('mariadbUrl'));

async function start(mode: (typeof MODES)[number], url: string, namespace: string) {
  @Module({})
  class ApplicationModule {}
  const redis = mode === 'redis' ? inject('redisUrl') : undefined;
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot({
          ...({ type: 'mariadb', url, timezone: 'Z' } as const),
          ...{ autoLoadEntities: true, synchronize: true, retryAttempts: 0 },
        }),
        FastCounterModule.forRoot({ redis, namespace, updateInterval: 300 }),
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
  return { counters: app.get(CounterService), close };
}

describe.each(MODES)('the way of an increment to MariaDB, %s', (mode) => {
  test('counts are read at once, persisted, read by a process that starts later, and deleted', async () => {
    const [url, namespace] = [await emptyDatabase(), `test-${randomUUID().slice(0, 8)}`];
    const first = await start(mode, url, namespace);
    await Promise.all(Array.from({ length: 500 }, () => first.counters.incr('hot')));
    await first.counters.incr('größe 😀', 2n ** 60n);
    expect(await first.counters.getCount('hot')).toBe(500);
    await first.counters.flush();
    expect(await first.counters.list({ prefix: 'h' })).toMatchObject([{ name: 'hot', value: 500 }]);
    await first.close();
    const second = await start(mode, url, namespace);
    await second.counters.incr('hot', 2);
    expect(await second.counters.getCount('hot')).toBe(502);
    expect(await second.counters.getCount('größe 😀', { bigint: true })).toBe(2n ** 60n);
    await second.counters.delete('hot');
    await second.counters.flush();
    expect(await second.counters.list({ prefix: 'h' })).toEqual([]);
  });
});

test('a server that is not set up for counts refuses the start in words', async () => {
  const server = await startMariadb(['--log-bin', '--binlog-format=STATEMENT']);
  onTestFinished(() => server.stop());
  const starting = start('embedded', await server.createDatabase(), 'any');
  await expect(starting).rejects.toThrow(InvalidOptionsError);
  await expect(starting).rejects.toThrow('binlog_format is STATEMENT');
});
