import {
  BadRequestException,
  type CanActivate,
  Controller,
  type ExceptionFilter,
  Get,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MessagePattern, Payload, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type Observable, firstValueFrom, lastValueFrom, of, throwError } from 'rxjs';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { CounterService, MeteringService, Quota } from '../../lib/index.js';
import { startRedis } from '../support/servers/redis.js';
import { countingModule } from './counting.js';
import { ADAPTERS, freePort, serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;
const success = { timeout: PATIENT, charge: 'success', limit: 100, window: 'month' } as const;

const closed: CanActivate = { canActivate: () => false };

/** Makes an answer of what was thrown. */
const forgiving: ExceptionFilter = {
  catch: (_error, host) => {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: string): void } }>();
    response.status(200).send('forgiven');
  },
};

@Controller()
@Quota([
  { ...success, name: 'of.success' },
  { name: 'of.all', limit: 100, timeout: PATIENT },
])
class Answers {
  @Get('good')
  good(): string {
    return 'good';
  }

  @Get('thrown')
  thrown(): never {
    throw new NotFoundException();
  }

  @Get('rejected')
  rejected(): Promise<never> {
    return Promise.reject(new Error('rejected'));
  }

  @Get('observed')
  observed(): Observable<never> {
    return throwError(() => new BadRequestException());
  }

  @Get('guarded')
  @UseGuards(closed)
  guarded(): string {
    return 'never';
  }

  @Get('piped/:id')
  piped(@Param('id', ParseIntPipe) id: number): number {
    return id;
  }

  @Get('answered')
  answered(@Res() response: { status(code: number): { send(body: string): void } }): void {
    response.status(422).send('no');
  }

  @Get('forgiven')
  @UseFilters(forgiving)
  forgiven(): never {
    throw new NotFoundException();
  }
}

const FAILING = ['thrown', 'rejected', 'observed', 'guarded', 'piped/x', 'answered'];

describe.each(ADAPTERS)("charge: 'success' on %s", (_, adapter) => {
  test('is by the status of the answer, whoever made it', async () => {
    const { metering, call } = await serve(adapter(), [Answers]);
    const statuses: number[] = [];
    for (const path of [...FAILING, 'good', 'piped/7', 'forgiven']) {
      statuses.push((await call(path)).status);
    }
    expect(statuses).toEqual([404, 500, 400, 403, 400, 422, 200, 200, 200]);
    await expect.poll(() => metering.total('of.success')).toBe(3);
    expect(await metering.quota('of.success', { limit: 100, window: 'month' })).toMatchObject({
      used: 3,
    });
    expect(await metering.total('of.all')).toBe(9);
  });
});

test('a client that leaves before the answer is charged', async () => {
  let leave = (): void => undefined;
  let left = (): void => undefined;
  const gone = new Promise<void>((resolve) => (left = resolve));
  @Controller()
  class Slow {
    @Get()
    @Quota({ ...success, name: 'left' })
    async get(@Req() request: IncomingMessage & { res: ServerResponse }): Promise<never> {
      request.res.once('close', () => left());
      leave();
      await gone;
      throw new NotFoundException();
    }
  }
  const { app, metering } = await serve(new ExpressAdapter(), [Slow]);
  const abort = new AbortController();
  leave = () => abort.abort();
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  await expect(fetch(url, { signal: abort.signal })).rejects.toThrow();
  await gone;
  await app.get(CounterService).incr('later');
  expect(await metering.total('left')).toBe(1);
});

test('a call that fails while Redis is away is not charged when it is back, one that succeeds is', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  @Controller()
  class Away {
    @Get()
    @Quota({ name: 'away', limit: 5, timeout: 100, charge: 'success' })
    get(@Query('fail') fail?: string): string {
      if (fail !== undefined) throw new NotFoundException();
      return 'ok';
    }
  }
  const { metering, call } = await serve(new ExpressAdapter(), [Away], { redis: redis.url });
  // so that what the calls take is refused when Redis is back
  await metering.consume('away', { limit: 5, delta: 5 });
  redis.pause();
  const during = await Promise.all([call('?fail'), call(''), call('?fail')]);
  expect(during.map(({ status }) => status)).toEqual([404, 200, 404]);
  redis.resume();
  await expect.poll(() => metering.total('away'), { timeout: PATIENT }).toBe(6);
});

@Controller()
class Messages {
  @MessagePattern('square')
  @Quota({ ...success, name: 'squares' })
  square(@Payload() number: number): Observable<number> {
    return number < 0 ? throwError(() => new Error('negative')) : of(number * number);
  }

  @MessagePattern('default')
  @Quota({ name: 'by.default', limit: 5, timeout: PATIENT })
  byDefault(): string {
    return 'never';
  }
}

test('of a message it is by what the handler answers, and is refused where nobody sees that', async () => {
  const options = { host: '127.0.0.1', port: await freePort() };
  const counting = { redis: inject('redisUrl'), quotas: { charge: 'success' } } as const;
  const module = await countingModule({ controllers: [Messages] }, counting);
  const lines: string[] = [];
  const app = await NestFactory.createMicroservice(module, {
    ...{ transport: Transport.TCP, options, abortOnError: false },
    logger: {
      log: () => undefined,
      warn: () => undefined,
      error: (line: string) => lines.push(line),
    },
  });
  onTestFinished(() => app.close());
  await app.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  onTestFinished(() => void client.close());
  const send = (pattern: string, data: number) => lastValueFrom(client.send<number>(pattern, data));
  expect([await send('square', 3), await send('square', 4)]).toEqual([9, 16]);
  await expect(send('square', -1)).rejects.toBeDefined();
  const metering = app.get(MeteringService);
  await expect.poll(() => metering.total('squares')).toBe(2);
  await expect(firstValueFrom(client.send('default', 1))).rejects.toBeDefined();
  expect(lines.join()).toContain("say charge: 'success' in a @Quota() of the handler");
  expect(await metering.total('by.default')).toBe(0);
});
