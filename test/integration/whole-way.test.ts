import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { expect, inject, test } from 'vitest';
import { CounterService, FastCounterModule } from '../../lib/index.js';
import { createDatabase } from '../support/servers/postgres.js';

for (const mode of ['redis', 'embedded'])
  test('the whole way ' + mode, async () => {
    const url = await createDatabase(inject('databaseUrl'));
    @Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true, synchronize: true }),
        FastCounterModule.forRoot({
          ...(mode === 'redis' ? { redis: inject('redisUrl') } : {}),
          namespace: 'smoke' + process.pid,
          updateInterval: 300,
        }),
      ],
    })
    class AppModule {}
    const app = await (await Test.createTestingModule({ imports: [AppModule] }).compile()).init();
    const counters = app.get(CounterService);
    await counters.incr('a');
    await Promise.all(Array.from({ length: 100 }, () => counters.incr('a')));
    expect(await counters.getCount('a')).toBe(101);
    expect(await counters.incrAndGet('a')).toBe(102);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'a', value: 102 }]);
    expect(await counters.reset('a')).toBe(102);
    expect(await counters.getCounts(['a', 'b', 'a'])).toEqual([0, 0, 0]);
    await counters.set('a', 2n ** 63n - 1n);
    await expect(counters.incr('a')).rejects.toThrow(/range/);
    await counters.flush();
    await expect(counters.incr('a')).rejects.toThrow(/range/);
    await counters.delete('a');
    expect(await counters.getCount('a')).toBe(0);
    await counters.flush();
    expect(await counters.list()).toEqual([]);
    await counters.incr('quiet');
    await new Promise((r) => setTimeout(r, 1500));
    expect(await counters.list()).toMatchObject([{ name: 'quiet', value: 1 }]);
    await app.close();
  });
