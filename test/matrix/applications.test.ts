import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';
import { codeBlocks } from '../docs/markdown.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';
import { keepResult } from './compatibility.js';
import { type ApplicationName, diffOf, sourcesOf } from './diffs.js';
import { NPM, outside, pack, run } from './project.js';

/** As in `matrix.test.ts`. */
const { MATRIX: asked = '' } = process.env;
const isChosen = (title: string): boolean => asked === 'all' || title.includes(asked || 'none');

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastcounter-applications-'));
  tarball = await pack(folder);
  return () => rm(folder, { recursive: true, force: true });
}, 120_000);

type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string>>;
const manifestIn = async (place: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest;

async function versionIn(place: string, name: string): Promise<string> {
  const file = join(place, 'node_modules', name, 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

/** Installs the application as it was, then with the diff. All that it had keeps its version. */
async function prepare(application: ApplicationName): Promise<string> {
  const place = join(folder, application);
  await cp(sourcesOf(application), place, { recursive: true });
  const { dependencies, devDependencies } = await manifestIn(place);
  await run('npm', ['install', ...NPM], place);
  await run('npm', ['test'], place);
  await run('git', ['apply', diffOf(application)], place);
  await run('npm', ['install', ...NPM, tarball], place);
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect([name, await versionIn(place, name)]).toEqual([name, version]);
  }
  await run('npm', ['run', 'build'], place);
  return place;
}

const SHOWN = ['@nestjs/common', 'typeorm', 'cache-manager', '@nestjs/bull', 'bull'];

/** Keeps that all went well, for the table of docs/compatibility.md: on a server of the matrix it is for the table of servers. */
async function keep(application: ApplicationName, place: string): Promise<void> {
  if (process.env['MATRIX_SERVER'] !== undefined) return;
  const versions: Record<string, string> = {};
  for (const name of SHOWN) versions[name] = await versionIn(place, name);
  await keepResult(application, versions);
}

interface Running {
  url: string;
  call: (path: string, body?: object, token?: string) => Promise<[number, unknown]>;
  /** Ends it by SIGTERM. Answers what it said. */
  stop: () => Promise<string>;
}

async function start(place: string, env: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const all = { ...outside(), ...env, PORT: String(port) };
  const child: ChildProcess = spawn(process.execPath, ['dist/main.js'], { cwd: place, env: all });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => (said += data.toString()));
  }
  const ended = once(child, 'exit');
  const stop = async (): Promise<string> => {
    child.kill('SIGTERM');
    await ended;
    return said;
  };
  onTestFinished(async () => {
    if (child.exitCode === null) await stop();
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`It ended: ${said}`);
    return (await fetch(url).catch(() => undefined)) !== undefined;
  };
  await expect.poll(isUp, { timeout: 60_000, message: said }).toBe(true);
  const call = async (path: string, body?: object, token = ''): Promise<[number, unknown]> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answered = await fetch(`${url}/${path}`, {
      headers,
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    return [answered.status, await answered.json()];
  };
  return { url, call, stop };
}

const ROWS = 'SELECT name, value FROM fast_counter ORDER BY name';
const asTexts = (rows: { name: string; value: unknown }[]): string[] =>
  rows.map(({ name, value }) => `${name} ${String(value)}`);

/** Calls of one application, and the rows that they become. */
async function expectCounts(
  { call, stop }: Running,
  { things, credentials, rows }: { things: string; credentials: object; rows: string[] },
  readRows: () => Promise<string[]>,
): Promise<void> {
  for (const views of [1, 2, 3]) {
    expect(await call(`${things}/1`)).toEqual([200, expect.objectContaining({ views })]);
  }
  expect((await call(things))[0]).toBe(200);
  expect((await call(`${things}/99`))[0]).toBe(404);
  const logins: number[] = [];
  for (let tries = 0; tries < 11; tries++) {
    const wrong = { ...credentials, password: 'wrong' };
    logins.push((await call('auth/login', tries === 0 ? credentials : wrong))[0]);
  }
  expect(logins).toEqual([200, ...Array.from({ length: 9 }, () => 401), 429]);
  // within the update interval
  await expect.poll(readRows, { timeout: 60_000 }).toEqual(rows);
  expect(await stop()).not.toMatch(/ERROR|WARN/);
}

const CALLS = `
  require('reflect-metadata');
  const { NestFactory } = require('@nestjs/core');
  const { SessionModule } = require('./dist/session');
  (async () => {
    const app = await NestFactory.create(SessionModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()) + '/login';
    const statuses = [];
    for (let call = 0; call < 6; call++) statuses.push((await fetch(url, { method: 'POST' })).status);
    console.log(JSON.stringify(statuses));
    await app.close();
  })();
`;

/** Compiles and runs what an application has before the guide from the throttler: `@nestjs/throttler` is not installed here. */
async function expectThrottler(place: string): Promise<void> {
  const [before] = codeBlocks('docs/guides/from-throttler.md').filter(
    ({ language }) => language === 'typescript',
  );
  await writeFile(join(place, 'src', 'session.ts'), before?.code ?? '');
  await run('npm', ['install', ...NPM, '@nestjs/throttler@6'], place);
  await run('npm', ['run', 'build'], place);
  const said = await run('node', ['--eval', CALLS], place);
  expect(JSON.parse(said)).toEqual([201, 201, 201, 201, 201, 429]);
}

describe('an application in the style of a boilerplate, with at most fifteen changed lines,', () => {
  const options = { timeout: 900_000 };

  test.runIf(isChosen('blog, application'))(
    'blog: Nest 11, Express, TypeORM 0.3, CommonJS, ts-jest, PostgreSQL, entities and migrations by globs',
    options,
    async () => {
      const place = await prepare('blog');
      await run('npm', ['test'], place);
      const database = await createDatabase(inject('databaseUrl'));
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const env = { DATABASE_URL: database, REDIS_URL: redis.url };
      // migrations by the command line, before the application
      await run('npm', ['run', 'migration:run'], place, env);
      const running = await start(place, env);
      const credentials = { email: 'a@example.com', password: 'secret' };
      const [, registered] = await running.call('auth/register', credentials);
      const { token } = registered as { token: string };
      const article = { title: 'Counting', body: 'One, two, three' };
      expect((await running.call('articles', article, token))[0]).toBe(201);
      const rows = [
        'api.articles 5',
        ...['create 1', 'findAll 1', 'findOne 3'].map((of) => `api.articles{endpoint}${of}`),
        'articles:1:views 3',
        'logins{ip}::ffff:127.0.0.1 10',
      ];
      await expectCounts(running, { things: 'articles', credentials, rows }, async () => {
        const client = new pg.Client(database);
        await client.connect();
        const { rows: found } = await client.query<{ name: string; value: string }>(ROWS);
        await client.end();
        return asTexts(found);
      });
      await expectThrottler(place);
      await keep('blog', place);
    },
  );

  test.runIf(isChosen('shop, application'))(
    'shop: Nest 11, Fastify, TypeORM 0.3, CommonJS, ts-jest, MariaDB, cache-manager 6, autoLoadEntities',
    options,
    async () => {
      const place = await prepare('shop');
      await run('npm', ['test'], place);
      const database = await createMariadbDatabase(inject('mariadbUrl'));
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const running = await start(place, { DATABASE_URL: database, REDIS_URL: redis.url });
      const credentials = { email: 'a@example.com', password: 'secret' };
      const rows = [
        'api.products 4',
        ...['findAll 1', 'findOne 3'].map((of) => `api.products{endpoint}${of}`),
        'logins{ip}127.0.0.1 10',
        'products:1:views 3',
      ];
      await expectCounts(running, { things: 'products', credentials, rows }, async () => {
        const client = await mysql.createConnection(database);
        const [found] = await client.query(ROWS);
        await client.end();
        return asTexts(found as { name: string; value: unknown }[]);
      });
      await keep('shop', place);
    },
  );
});
