import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, onTestFinished, test } from 'vitest';
import {
  CountCalls,
  type CountCallsOptions,
  CounterEvents,
  CounterService,
  InvalidOptionsError,
  MeteringService,
} from '../../lib/index.js';
import { counted, countingModule, startCounting } from './counting.js';

const within = 1_800_000;

test('a route counts once for each address and name, in each of its dimensions and windows', async () => {
  @Controller('articles')
  class Articles {
    @Get(':id')
    @CountCalls({ name: 'views:{args.0}', once: '{request.headers.x-visitor}', within })
    @CountCalls({
      name: 'reads',
      dimensions: { article: '{args.0}' },
      windows: ['day'],
      once: '{request.ip}',
      within,
    })
    find(@Param('id') id: string): string {
      return id;
    }
  }
  const app = await NestFactory.create(await countingModule({ controllers: [Articles] }), {
    logger: false,
  });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  for (const [id, visitor] of [
    ...[['1', 'ann'] as const, ['1', 'ann'] as const, ['1', 'bob'] as const],
    ['2', 'ann'] as const,
  ]) {
    const response = await fetch(`${url}/articles/${id}`, { headers: { 'x-visitor': visitor } });
    expect(await response.text()).toBe(id);
  }
  expect(await counted(app)).toEqual({
    'views:1': 2,
    'views:2': 1,
    reads: 1,
    'reads{article}1': 1,
    'reads{article}2': 1,
  });
  const [day] = await app
    .get(MeteringService)
    .series('reads', { window: 'day', from: new Date(), dimensions: { article: '2' } });
  expect(day?.value).toBe(1);
  expect(await app.get(CounterService).undoOnce('views:1', 'ann')).toBe(true);
});

@Injectable()
class Jobs {
  @CountCalls<Jobs['run']>({
    name: 'jobs',
    delta: ({ args: [, size] }) => size,
    once: ({ args: [id] }) => id,
    within,
  })
  run(id: string, size: number): number {
    return id.length * size;
  }

  @CountCalls({ name: 'tried', once: 'for all', within, on: 'always' })
  attempt(): never {
    throw new Error('failed');
  }
}

test('a call counts once under what a function answers, or under one key for all', async () => {
  const app = await startCounting({ providers: [Jobs] });
  const jobs = app.get(Jobs);
  const sizes = [5, 7, 0].map((size) => jobs.run('a', size));
  expect([...sizes, jobs.run('b', 1)]).toEqual([5, 7, 0, 1]);
  for (let times = 0; times < 2; times++) expect(() => jobs.attempt()).toThrow('failed');
  expect(await counted(app)).toEqual({ jobs: 6, tried: 1 });
});

test('a call without a key that can be used is not counted, and that is told', async () => {
  const app = await startCounting({ providers: [Jobs] });
  const told: string[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => told.push(String(error)));
  const jobs = app.get(Jobs);
  jobs.run('', 1);
  jobs.run('x'.repeat(1001), 1);
  jobs.run(5 as unknown as string, 1);
  expect(await counted(app)).toEqual({});
  expect(told).toHaveLength(3);
  for (const message of told) {
    expect(message).toContain('once must be a well-formed string of 1 to 1000 characters');
  }
});

test('long values of a template are told apart to their end, and a missing one is named', async () => {
  @Injectable()
  class Pages {
    @CountCalls({ name: 'pages', once: 'page {args.0.path}', within })
    open(page: { path?: string }): unknown {
      return page;
    }
  }
  const app = await startCounting({ providers: [Pages] });
  const told: string[] = [];
  app.get(CounterEvents).on('rejected', ({ error }) => told.push(String(error)));
  const pages = app.get(Pages);
  for (const end of ['a', 'b', 'a']) pages.open({ path: `${'/long'.repeat(150)}${end}` });
  pages.open({});
  pages.open({ path: '/'.repeat(2000) });
  expect(await counted(app)).toEqual({ pages: 2 });
  expect(told[0]).toContain('{args.0.path} in once is undefined');
  expect(told[1]).toContain('once must be');
});

test('what a full buffer has no room for is counted in none of the counters', async () => {
  @Injectable()
  class Broken {
    @CountCalls({ name: 'parts', dimensions: { a: '{args.0}' }, once: '{args.0}', within })
    call(a: string): string {
      return a;
    }
  }
  const app = await startCounting({ providers: [Broken] }, { maxBufferedNames: 3 });
  for (const a of ['x', 'y']) app.get(Broken).call(a);
  expect(await counted(app)).toEqual({ parts: 1, 'parts{a}x': 1 });
  expect((await app.get(CounterService).status()).refused).toMatchObject({ BACKPRESSURE: 1 });
});

test.each<[string, CountCallsOptions, string]>([
  ['no time', { once: '{args.0}' }, 'Option "within" of @CountCalls() (given: undefined) must be'],
  ['no key', { within }, 'Option "within" of @CountCalls() needs "once"'],
  ['for ever', { once: 'k', within: Infinity }, 'insert a row with a unique key'],
  ['a time of 0', { once: 'k', within: 0 }, '(given: 0) must be whole milliseconds from 1'],
  ['a key that is none', { once: 5 as unknown as string, within }, '(given: 5) must be a template'],
  [
    'an unknown placeholder',
    { once: '{ip}', within },
    'Option "once" of @CountCalls() (given: "{ip}")',
  ],
])('%s is refused when the class is defined', (_, options, message) => {
  const define = (): unknown => {
    class Wrong {
      @CountCalls(options)
      call(): number {
        return 1;
      }
    }
    return Wrong;
  };
  expect(define).toThrow(InvalidOptionsError);
  expect(define).toThrow(message);
});
