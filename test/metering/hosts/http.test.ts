import {
  Body,
  CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Post,
  Query,
  Req,
  Res,
  Scope,
  SetMetadata,
  Sse,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type { CallHandler, INestApplication, MessageEvent, NestInterceptor } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { delay, interval, map, type Observable, of, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CountCalls, type CountedCall } from '../../../lib/index.js';
import { counted, countingModule } from '../counting.js';
import { type Answer, request } from './request.js';

@Injectable()
class Closed implements CanActivate {
  @CountCalls({ name: 'refused', when: ({ result }) => result === false })
  canActivate(): boolean {
    return false;
  }
}

/** Refuses everything that is no word, as a schema would. */
class OnlyWords implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value === 'string') return value.trim();
    throw new ForbiddenException('no word');
  }
}

/** Answers by itself, as a cache does. */
class Cached implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of('cached');
  }
}

class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

const path = ({ context }: CountedCall): string => {
  if (context === undefined) throw new Error('no context');
  const { url } = context.switchToHttp().getRequest<{ url: string }>();
  const response = context.switchToHttp().getResponse<{ statusCode: number }>();
  return `${context.getType()} ${context.getClass().name}.${context.getHandler().name} ${url} ${response.statusCode}`;
};

const outcomeOf = ({ outcome, context }: CountedCall): string =>
  `${outcome} ${String(context?.getType())}`;

@Controller('pets')
class Pets {
  @Get('now')
  @CountCalls()
  now(): string {
    return 'now';
  }

  @CountCalls()
  @Get('later')
  @HttpCode(202)
  @Header('x-kind', 'pet')
  @SetMetadata('kind', 'pet')
  later(): Promise<object> {
    return Promise.resolve({ later: true });
  }

  @Get('stream')
  @CountCalls()
  stream(): Observable<string> {
    return of('first', 'last').pipe(delay(1));
  }

  @Get('fails')
  @CountCalls()
  @CountCalls({ name: 'failures', on: 'error' })
  @CountCalls({ name: 'all', on: 'always' })
  fails(): never {
    throw new ForbiddenException('never');
  }

  @Get('fails-later')
  @CountCalls({ name: 'failures:{error.status}', on: 'error' })
  failsLater(): Observable<never> {
    return throwError(() => new ForbiddenException('not now'));
  }

  @Get('guarded')
  @UseGuards(Closed)
  @CountCalls({ on: 'always' })
  guarded(): string {
    return 'unreachable';
  }

  @Get('cached')
  @UseInterceptors(new Cached())
  @CountCalls({ on: 'always' })
  cached(): string {
    return 'unreachable';
  }

  @Get('number/:id')
  @CountCalls({ on: 'always' })
  number(@Param('id', ParseIntPipe) id: number): number {
    return id;
  }

  @Get('by-context/:id')
  @CountCalls({ name: path })
  @CountCalls({ name: 'tenant:{request.headers.x-tenant}' })
  byContext(@Param('id') id: string, @Query('q') q = 'none', ...rest: unknown[]): unknown[] {
    return [id, q, rest.length];
  }

  @CountCalls({ name: path })
  @Get('plain')
  plain(...all: unknown[]): number {
    return all.length;
  }

  @Get('answers-itself')
  @CountCalls({ name: path })
  answersItself(
    @Req() request: { url: string },
    @Res()
    response: { status?: (code: number) => { send: (body: unknown) => void } },
  ): void {
    response.status?.(203).send({ url: request.url });
  }

  @Post('words')
  @UsePipes(new OnlyWords())
  @UseInterceptors(new Wrap())
  @CountCalls({ name: path })
  words(@Body('word') word: string): string {
    return word;
  }

  @Sse('events')
  @CountCalls({ on: 'always', name: outcomeOf })
  events(): Observable<MessageEvent> {
    return interval(1).pipe(map((index) => ({ data: String(index) })));
  }

  readonly waiting = new Subject<MessageEvent>();

  @Sse('silence')
  @CountCalls({ on: 'always', name: outcomeOf })
  @CountCalls({ name: 'successes' })
  silence(): Observable<MessageEvent> {
    return this.waiting.asObservable();
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class Scoped {
  @Get(':id')
  @CountCalls()
  @CountCalls({ name: path })
  find(@Param('id') id: string): string {
    return id;
  }
}

/** Imports nothing of the counters. */
@Module({ controllers: [Pets] })
class PetsModule {}

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

describe.each(adapters)('on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    const module = await countingModule({ controllers: [Pets, Scoped] });
    app = await NestFactory.create(module, adapter(), {
      logger: false,
      abortOnError: false,
      forceCloseConnections: true,
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  const get = (to: string, options?: Parameters<typeof request>[1]): Promise<Answer> =>
    request(`${url}/${to}`, options);

  test('a thousand concurrent requests are counted exactly', async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => get(`scoped/${index % 10}`)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const counts = await counted(app);
    expect(counts).toMatchObject({ 'Scoped.find': 1000, 'http Scoped.find /scoped/7 200': 100 });
    expect(Object.keys(counts)).toHaveLength(11);
  });

  test('a thousand concurrent requests of several handlers are counted exactly', async () => {
    const headers = { 'x-tenant': 'acme' };
    const paths = ['pets/now', 'pets/later', 'pets/stream', 'pets/by-context/7', 'pets/fails'];
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => get(paths[index % 5] ?? '', { headers })),
    );
    expect(await counted(app)).toEqual({
      'Pets.now': 200,
      'Pets.later': 200,
      'Pets.stream': 200,
      'http Pets.byContext /pets/by-context/7 200': 200,
      'tenant:acme': 200,
      failures: 200,
      all: 200,
    });
  });

  test('what a handler answers stays as it is', async () => {
    expect(await get('pets/now')).toMatchObject({ status: 200, body: 'now' });
    const later = await get('pets/later');
    expect(later).toMatchObject({ status: 202, body: { later: true } });
    expect(later.headers['x-kind']).toBe('pet');
    expect(Reflect.getMetadata('kind', Reflect.get(Pets.prototype, 'later'))).toBe('pet');
    expect(await get('pets/stream')).toMatchObject({ body: 'last' });
    expect(await counted(app)).toEqual({ 'Pets.now': 1, 'Pets.later': 1, 'Pets.stream': 1 });
  });

  test('errors stay as they are, and count where they are asked for', async () => {
    expect(await get('pets/fails')).toMatchObject({ status: 403, body: { message: 'never' } });
    expect(await get('pets/fails-later')).toMatchObject({ body: { message: 'not now' } });
    expect(await counted(app)).toEqual({ failures: 1, all: 1, 'failures:403': 1 });
  });

  test('what guards and pipes reject, and interceptors answer, is no call of the handler', async () => {
    expect(await get('pets/cached')).toMatchObject({ status: 200, body: 'cached' });
    expect(await get('pets/guarded')).toMatchObject({ status: 403 });
    expect(await get('pets/number/one')).toMatchObject({ status: 400 });
    expect(await get('pets/number/1')).toMatchObject({ status: 200 });
    expect(await counted(app)).toEqual({ refused: 1, 'Pets.number': 1 });
  });

  test('a name may come from the request; the handler gets its own arguments', async () => {
    const headers = { 'x-tenant': 'acme' };
    const byContext = await get('pets/by-context/7', { headers });
    expect(byContext.body).toEqual(['7', 'none', 0]);
    expect(await get('pets/plain')).toMatchObject({ status: 200, body: '0' });
    expect(await get('pets/answers-itself')).toMatchObject({
      status: 203,
      body: { url: '/pets/answers-itself' },
    });
    expect(await counted(app)).toEqual({
      'http Pets.byContext /pets/by-context/7 200': 1,
      'tenant:acme': 1,
      'http Pets.plain /pets/plain 200': 1,
      'http Pets.answersItself /pets/answers-itself 203': 1,
    });
  });

  test('pipes see nothing new, and interceptors all that they saw', async () => {
    expect(await get('pets/words', { body: { word: ' hello ' } })).toMatchObject({
      status: 201,
      body: { data: 'hello' },
    });
    expect(await counted(app)).toEqual({ 'http Pets.words /pets/words 201': 1 });
  });

  test('a call of the own code has no context, and its arguments', async () => {
    const pets = app.get(Pets);
    expect(pets.byContext('1', 'two', 3, 4)).toEqual(['1', 'two', 2]);
    expect(pets.plain({}, {})).toBe(2);
    expect(await counted(app)).toEqual({});
  });

  test('a stream that its client leaves counts once', async () => {
    const aborter = new AbortController();
    const response = await fetch(`${url}/pets/events`, { signal: aborter.signal });
    await response.body?.getReader().read();
    expect(await counted(app)).toEqual({});
    aborter.abort();
    await vi.waitFor(
      async () => {
        expect(await counted(app)).toEqual({ 'success http': 1 });
      },
      { timeout: 30_000 },
    );
  });

  test('a stream that its client leaves before it says anything is cancelled', async () => {
    const { waiting } = app.get(Pets);
    const aborter = new AbortController();
    const left = fetch(`${url}/pets/silence`, { signal: aborter.signal }).catch(() => undefined);
    await vi.waitFor(() => expect(waiting.observed).toBe(true), { timeout: 30_000 });
    aborter.abort();
    await left;
    await vi.waitFor(
      async () => {
        expect(await counted(app)).toEqual({ 'cancelled http': 1 });
      },
      { timeout: 30_000 },
    );
    expect(waiting.observed).toBe(false);
  });

  test('a controller of a feature module counts, where the counters are not global', async () => {
    const module = await countingModule({ imports: [PetsModule] }, { isGlobal: false });
    const other = await NestFactory.create(module, adapter(), { logger: false });
    onTestFinished(() => other.close());
    await other.listen(0, '127.0.0.1');
    await request(`${await other.getUrl()}/pets/now`);
    await request(`${await other.getUrl()}/pets/plain`);
    expect(await counted(other)).toEqual({ 'Pets.now': 1, 'http Pets.plain /pets/plain 200': 1 });
    expect(await counted(app)).toEqual({});
  });
});
