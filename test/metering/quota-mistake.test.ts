import { Controller, Get } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, inject, test } from 'vitest';
import { CounterEvents, CounterService, FastCounterModule, Quota } from '../../lib/index.js';
import { freshDatabase, freshNamespace, start } from '../module/start.js';
import { serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for a program that makes mistakes. */
const PATIENT = 30_000;

@Controller()
class Reports {
  @Get('lenient')
  @Quota({ name: 'lenient', timeout: PATIENT, limit: 1 })
  lenient(): string {
    return 'ok';
  }

  @Get('hasty')
  @Quota({ name: 'hasty', timeout: 1, limit: 1 })
  hasty(): string {
    return 'ok';
  }
}

/** As another version of TypeORM that calls it by another name. */
const withoutEscape = (dataSource: DataSource): void => {
  Object.assign(dataSource.driver, { escape: undefined });
};
const withEscape = (dataSource: DataSource): void => {
  // the one of its class
  Reflect.deleteProperty(dataSource.driver, 'escape');
};

describe.each(['redis', 'embedded'] as const)('a mistake of the program, %s,', (mode) => {
  test('opens no quota, is no outage, and is told until it has ended', async () => {
    const options = mode === 'redis' ? { redis: inject('redisUrl') } : {};
    const { app, call } = await serve(new ExpressAdapter(), [Reports], options);
    const counters = app.get(CounterService);
    const outages: unknown[] = [];
    app.get(CounterEvents).on('outage', (outage) => outages.push(outage));
    withoutEscape(app.get(DataSource));
    const lenient = await call('lenient');
    expect(lenient.status).toBe(500);
    expect(await lenient.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
    expect((await call('hasty')).status).toBe(500);
    for (const ask of [() => counters.list(), () => counters.getCount('x')]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'UNEXPECTED',
        message: expect.stringContaining('escape is not a function') as string,
        cause: { name: 'TypeError' },
      });
    }
    const { problems } = await counters.status();
    expect(problems.map(({ code }) => code)).toEqual(['FC-MISCONFIGURED']);
    expect(problems[0]?.text).toContain('escape is not a function');
    expect(outages).toEqual([]);

    withEscape(app.get(DataSource));
    await counters.incr('x');
    await counters.getCount('never counted');
    expect((await call('lenient')).status).toBe(200);
    expect((await call('lenient')).status).toBe(429);
    await counters.flush();
    const codes = async () => (await counters.status()).problems.map(({ code }) => code);
    await expect.poll(codes, { timeout: PATIENT }).toEqual([]);
  });

  test('of whatever class opens no quota, and is no outage', async () => {
    const options = mode === 'redis' ? { redis: inject('redisUrl') } : {};
    const { app, call } = await serve(new ExpressAdapter(), [Reports], options);
    const outages: unknown[] = [];
    app.get(CounterEvents).on('outage', (outage) => outages.push(outage));
    const escape = (): never => {
      throw new Error('a plug-in failed');
    };
    Object.assign(app.get(DataSource).driver, { escape });
    expect([(await call('lenient')).status, (await call('hasty')).status]).toEqual([500, 500]);
    await expect(app.get(CounterService).getCount('x')).rejects.toMatchObject({
      code: 'UNEXPECTED',
      cause: { message: 'a plug-in failed' },
    });
    expect(outages).toEqual([]);
    withEscape(app.get(DataSource));
    expect((await call('lenient')).status).toBe(200);
  });

  test('refuses the start', async () => {
    const options = mode === 'redis' ? { redis: inject('redisUrl') } : {};
    const url = await freshDatabase();
    const data = TypeOrmModule.forRootAsync({
      useFactory: () => ({ type: 'postgres', url, autoLoadEntities: true, synchronize: true }),
      dataSourceFactory: async (given?: DataSourceOptions) => {
        if (given === undefined) throw new Error('No options');
        const source = await new DataSource(given).initialize();
        withoutEscape(source);
        return source;
      },
    });
    const counting = FastCounterModule.forRoot({ namespace: freshNamespace(), ...options });
    const started = start({ imports: [data, counting] }).then(() => 'started');
    await expect(started).rejects.toMatchObject({ code: 'UNEXPECTED' });
  });
});
