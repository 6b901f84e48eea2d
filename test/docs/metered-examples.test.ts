import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  type DynamicModule,
  type INestApplication,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';
import { finalize, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { subscribe } from '../support/graphql-socket.js';
import { createDatabase } from '../support/servers/postgres.js';
import { dataOf } from '../support/server-sent-events.js';
import { compileExamples, findExamples } from './examples.js';
import { root } from './markdown.js';

const directory = join(root, '.tmp', `docs-${randomUUID().slice(0, 8)}`);
let database: string;
/** What the examples export, by a word that only one of them has. */
const exported = new Map<string, Record<string, Type>>();

beforeAll(async () => {
  database = await createDatabase(inject('databaseUrl'));
  vi.stubEnv('DATABASE_URL', database);
  // in the memory of the process: other tests use the namespace of the examples too
  vi.stubEnv('REDIS_URL', undefined);
  const words = [
    ...['class Usage', 'class Mailer', 'class Orders', 'class FuzzySearch'],
    ...['class LoginController', 'class LiveController', 'class ViewsResolver'],
  ];
  const blocks = findExamples().filter(({ code }) => words.some((word) => code.includes(word)));
  for (const { code, file } of await compileExamples(blocks, directory)) {
    const word = words.find((one) => code.includes(one)) ?? '';
    exported.set(word, (await import(/* @vite-ignore */ file)) as Record<string, Type>);
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

function classOf(word: string, name = 'AppModule'): Type {
  const found = exported.get(word)?.[name];
  if (found === undefined) throw new Error(`No example has ${word} and exports ${name}`);
  return found;
}

async function start(
  module: Type | DynamicModule,
  adapter: AbstractHttpAdapter,
): Promise<INestApplication> {
  const app = await NestFactory.create(module, adapter, { logger: false, abortOnError: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app;
}

@Module({})
class ApplicationModule {}

/** Parts that an example exports, in an application with counters. */
const applicationOf = ({ imports = [], ...metadata }: ModuleMetadata): DynamicModule => ({
  module: ApplicationModule,
  imports: [
    ...imports,
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: database,
      autoLoadEntities: true,
      synchronize: true,
    }),
    FastCounterModule.forRoot({ namespace: `docs-${randomUUID().slice(0, 8)}` }),
  ],
  ...metadata,
});

async function counted(app: INestApplication): Promise<Record<string, number>> {
  const counters = app.get(CounterService);
  await counters.flush();
  const all = await counters.list({ limit: 100 });
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}

describe.each<[string, () => AbstractHttpAdapter]>([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the examples of metering on %s', (name, adapter) => {
  test('an API by tenant', async () => {
    const app = await start(classOf('class Usage'), adapter());
    const url = await app.getUrl();
    const tenant = `acme-${name}`;
    const get = (path: string, headers: Record<string, string> = { 'x-api-key': tenant }) =>
      fetch(`${url}/${path}`, { headers });

    expect((await get('reports', {})).status).toBe(401);
    const listed = await get('reports');
    expect(await listed.json()).toEqual(['sales']);
    expect(listed.headers.get('ratelimit-remaining')).toBe('999');
    await get('reports/sales');
    await app.get(CounterService).flush();
    const usage = (await (await get('usage')).json()) as { calls: number; days: unknown[] };
    expect(usage).toMatchObject({ calls: 2 });
    expect(usage.days.at(-1)).toMatchObject({ value: 2 });
    expect(await counted(app)).toMatchObject({
      [`api.calls{tenant}${tenant}`]: 2,
      [`api.calls{endpoint,tenant}list,${tenant}`]: 1,
      [`api.calls{endpoint,tenant}sales,${tenant}`]: 1,
      [`api.quota{tenant}${tenant}`]: 2,
    });
  });

  test('articles, and the mail about them', async () => {
    const app = await start(classOf('class Mailer'), adapter());
    const before = await counted(app);
    const answer = await fetch(`${await app.getUrl()}/articles/7`);
    expect(await answer.text()).toBe('author: somebody reads 7');
    const after = await counted(app);
    const added = (counter: string): number => (after[counter] ?? 0) - (before[counter] ?? 0);
    expect(['views:7', 'Mailer.send', 'mail.bytes'].map(added)).toEqual([1, 1, 16]);
  });

  test('live counts by server-sent events, which end with the application', async () => {
    const live = classOf('class LiveController', 'LiveController');
    const app = await start(applicationOf({ controllers: [live] }), adapter());
    const counters = app.get(CounterService);
    await counters.incr('views:42', 2);
    const { body } = await fetch(`${await app.getUrl()}/articles/42/live`);
    const told = dataOf(body);
    expect(await told.next()).toEqual({ done: false, value: { views: 2, likes: 0 } });
    await counters.incr('likes:42');
    expect(await told.next()).toEqual({ done: false, value: { views: 2, likes: 1 } });
    // the browser stays
    await app.close();
    expect((await told.next()).done).toBe(true);
  });

  test('names from the request, the arguments and the error', async () => {
    const [orders, files] = [classOf('class Orders', 'Orders'), classOf('class Orders', 'Files')];
    const app = await start(
      applicationOf({ controllers: [orders], providers: [files] }),
      adapter(),
    );
    const url = await app.getUrl();
    await fetch(`${url}/orders`, { headers: { 'x-tenant': 'acme' } });
    await fetch(`${url}/orders`);
    await fetch(`${url}/orders`, { method: 'POST' });
    await app.get<{ read: (path: string) => Promise<Buffer> }>(files).read('notes.txt');
    expect(await counted(app)).toEqual({ 'api.calls:acme': 1, 'bytes.read:txt': 9 });
  });
});

/** A schema must have a query. */
@Resolver()
class Greeting {
  @Query(() => String)
  hello(): string {
    return 'hello';
  }
}

test('live counts by a GraphQL subscription, which ends with its client, and with the application', async () => {
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    ...{ driver: ApolloDriver, autoSchemaFile: true, subscriptions: { 'graphql-ws': true } },
  });
  const providers = [classOf('class ViewsResolver', 'ViewsResolver'), Greeting];
  const app = await start(applicationOf({ imports: [graphql], providers }), new ExpressAdapter());
  const counters = app.get(CounterService);
  const ended = vi.fn();
  const watch = counters.watch.bind(counters) as (names: string[]) => Observable<never>;
  vi.spyOn(counters, 'watch').mockImplementation((names) =>
    watch([...names]).pipe(finalize(ended)),
  );
  await counters.incr('views:42', 2);
  const url = `${(await app.getUrl()).replace('http', 'ws')}/graphql`;
  const [one, other] = [1, 2].map(() => subscribe(url, 'subscription { views(id: "42") }'));
  expect((await one?.next())?.value).toEqual({ views: 2 });
  expect((await other?.next())?.value).toEqual({ views: 2 });
  await counters.incr('views:42');
  expect((await one?.next())?.value).toEqual({ views: 3 });
  await one?.return();
  await expect.poll(() => ended.mock.calls.length).toBe(1);
  expect((await other?.next())?.value).toEqual({ views: 3 });
  await app.close();
  expect((await other?.next())?.done).toBe(true);
  expect(ended).toHaveBeenCalledTimes(2);
});

test('a login quota that charges failed tries alone', async () => {
  const login = classOf('class LoginController', 'LoginController');
  const app = await start(applicationOf({ controllers: [login] }), new ExpressAdapter());
  const url = `${await app.getUrl()}/auth/login`;
  const attempt = async (password: string, email = 'a@example.com') => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ email, password });
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  for (let made = 0; made < 12; made++) expect(await attempt('secret')).toBe(201);
  const guesses = await Promise.all(Array.from({ length: 40 }, () => attempt('guess')));
  expect(guesses.filter((status) => status === 401)).toHaveLength(10);
  expect(guesses.filter((status) => status === 429)).toHaveLength(30);
  expect([await attempt('secret'), await attempt('secret', 'b@example.com')]).toEqual([429, 201]);
});

test('whole classes and inheritance', async () => {
  type Searching = Record<'find' | 'suggest', (text: string) => string[]>;
  const types = ['Search', 'FuzzySearch'].map((name) => classOf('class FuzzySearch', name));
  const app = await start(applicationOf({ providers: types }), new ExpressAdapter());
  const [search, fuzzy] = types.map((type) => app.get<Searching>(type));
  search?.find('a b');
  search?.suggest('a');
  expect(fuzzy?.find('A B')).toEqual(['a', 'b']);
  expect(await counted(app)).toEqual({
    'Search.find': 1,
    'searches.suggested': 1,
    'FuzzySearch.find': 1,
  });
});
