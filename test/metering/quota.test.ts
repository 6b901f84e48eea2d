import {
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { FastCounterModule, MeteringService, Quota } from '../../lib/index.js';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;

const tenant = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[
    'x-api-key'
  ] as string;

@Controller()
@Quota({ name: 'all', timeout: PATIENT, limit: 1000 })
class Limited {
  @Get('monthly')
  @Quota({ name: 'api', timeout: PATIENT, limit: 3, window: 'month', dimensions: { tenant } })
  monthly(): string {
    return 'monthly';
  }

  @Get('weighed')
  @Quota({ name: 'bytes', timeout: PATIENT, limit: () => Promise.resolve(10), delta: () => 6 })
  weighed(): string {
    return 'weighed';
  }
}

/** No quota of the class around these, which would wait for Redis as long as it may. */
@Controller()
class Unavailable {
  @Get('strict')
  @Quota({ name: 'strict', limit: 5, whenUnavailable: 'refuse', timeout: 100 })
  strict(): string {
    return 'strict';
  }

  @Get('lenient')
  @Quota({ name: 'lenient', limit: 5, timeout: 100 })
  lenient(): string {
    return 'lenient';
  }
}

const adapters: [string, () => ExpressAdapter | FastifyAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

async function start(adapter: ExpressAdapter | FastifyAdapter, redis: string) {
  const url = await createDatabase(inject('databaseUrl'));
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true, synchronize: true }),
      FastCounterModule.forRoot({
        redis,
        namespace: `quota-${randomUUID()}`,
        shutdownTimeout: 500,
      }),
    ],
    controllers: [Limited, Unavailable],
  })
  class AppModule {}
  const app: INestApplication = await NestFactory.create(AppModule, adapter, { logger: false });
  onTestFinished(() => app.close());
  await app.listen(0);
  const base = await app.getUrl();
  const get = (path: string, key = 'acme') =>
    fetch(`${base.replace('[::1]', 'localhost')}/${path}`, { headers: { 'x-api-key': key } });
  return { app, get };
}

describe.each(adapters)('@Quota() on %s', (_, adapter) => {
  test('lets through what the limit allows, and tells what is left', async () => {
    const { app, get } = await start(adapter(), inject('redisUrl'));
    const answers: Response[] = [];
    for (let call = 0; call < 4; call++) answers.push(await get('monthly'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    const header = (name: string) => answers.map(({ headers }) => headers.get(name));
    expect(header('ratelimit-limit')).toEqual(['3', '3', '3', '3']);
    expect(header('ratelimit-remaining')).toEqual(['2', '1', '0', '0']);
    expect(header('retry-after').slice(0, 3)).toEqual([null, null, null]);
    const now = new Date();
    const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    const seconds = Number(header('retry-after')[3]);
    expect(Math.abs(seconds - (next - Date.now()) / 1000)).toBeLessThan(60);
    expect(header('ratelimit-reset')[3]).toBe(String(seconds));
    expect(await answers[3]?.json()).toMatchObject({
      statusCode: 429,
      message: 'The quota of 3 per month is used up',
    });
    expect((await get('monthly', 'another')).status).toBe(200);
    const metering = app.get(MeteringService);
    expect(await metering.total('api', { tenant: 'acme' })).toBe(3);
    // that of the controller holds as well, and a refused call takes from none
    expect(await metering.total('all')).toBe(4);
  });

  test('of many calls at once lets through no more than that', async () => {
    const { get } = await start(adapter(), inject('redisUrl'));
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('monthly')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(47);
  });

  test('takes what a call weighs', async () => {
    const { get } = await start(adapter(), inject('redisUrl'));
    expect([(await get('weighed')).status, (await get('weighed')).status]).toEqual([200, 429]);
  });

  test('without Redis lets calls through, or refuses them if told', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const { get } = await start(adapter(), redis.url);
    expect((await get('lenient')).status).toBe(200);
    redis.pause();
    const [lenient, strict] = [await get('lenient'), await get('strict')];
    expect([lenient.status, lenient.headers.get('ratelimit-limit')]).toEqual([200, null]);
    expect(strict.status).toBe(503);
    redis.resume();
  });
});
