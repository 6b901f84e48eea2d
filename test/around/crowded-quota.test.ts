import { randomUUID } from 'node:crypto';
import { Controller, type ExecutionContext, Get, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, inject, onTestFinished, test } from 'vitest';
import { CounterService, FastCounterModule, MeteringService, Quota } from '../../lib/index.js';
import { moduleOf } from '../module/start.js';
import { crowded, parseInOwnWays } from '../support/crowded-orm.js';
import { newDatabase, surroundBy, typeOrm } from '../support/surroundings.js';

surroundBy(crowded);
parseInOwnWays();

const tenant = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers.tenant ?? '';

// a machine that is busy must not be taken for servers that are away
const quota = { timeout: 30_000, dimensions: { tenant } };

@Controller()
class Limited {
  @Get('monthly')
  @Quota({ ...quota, name: 'monthly', limit: 3, window: 'month' })
  monthly(): string {
    return 'monthly';
  }

  @Get('for-life')
  @Quota({ ...quota, name: 'life', limit: 2n ** 62n, delta: 2n ** 61n })
  forLife(): string {
    return 'for life';
  }
}

async function serve(url: string, namespace: string, redis?: string): Promise<INestApplication> {
  const counting = FastCounterModule.forRoot({ namespace, ...(redis ? { redis } : {}) });
  const module = moduleOf({ imports: [typeOrm(url), counting], controllers: [Limited] });
  const app: INestApplication = await NestFactory.create(module, {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  await app.listen(0);
  return app;
}

async function call(app: INestApplication, path: string, of = 'acme'): Promise<Response> {
  const address = (await app.getUrl()).replace('[::1]', 'localhost');
  return fetch(`${address}/${path}`, { headers: { tenant: of } });
}

test.each(['redis', 'embedded'])(
  'a quota over HTTP is as exact around a crowded ORM, also when it is read from the table: %s',
  async (mode) => {
    const url = await newDatabase();
    const namespace = `quota-${randomUUID().slice(0, 8)}`;
    const redis = mode === 'redis' ? inject('redisUrl') : undefined;
    const first = await serve(url, namespace, redis);
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await call(first, 'monthly'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.headers.get('RateLimit-Remaining')).toBe('1');
    expect((await call(first, 'monthly', 'other')).status).toBe(200);
    expect((await call(first, 'for-life')).headers.get('RateLimit-Remaining')).toBe(
      String(2n ** 61n),
    );
    await first.get(CounterService).flush();
    await first.close();

    const second = await serve(url, namespace, redis);
    expect((await call(second, 'monthly')).headers.get('RateLimit-Remaining')).toBe('0');
    expect((await call(second, 'monthly')).status).toBe(429);
    expect((await call(second, 'for-life')).headers.get('RateLimit-Remaining')).toBe('0');
    expect((await call(second, 'for-life')).status).toBe(429);
    const [month] = await second
      .get(MeteringService)
      .series('monthly', { window: 'month', from: Date.now(), dimensions: { tenant: 'acme' } });
    expect(month?.value).toBe(3);
  },
);
