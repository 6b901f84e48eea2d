import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Redis } from 'ioredis';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import mysql from 'mysql2/promise';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';
import { compileExamples, findExamples } from './examples.js';
import { codeBlocks, root } from './markdown.js';

type Mover<From> = (from: From, counters: CounterService) => Promise<void>;

const directory = join(root, '.tmp', `docs-${randomUUID().slice(0, 8)}`);
const movers = new Map<string, unknown>();

beforeAll(async () => {
  const blocks = findExamples().filter(({ code }) => /export async function move/.test(code));
  for (const { file } of await compileExamples(blocks, directory)) {
    const exported = (await import(/* @vite-ignore */ file)) as object;
    for (const [name, mover] of Object.entries(exported)) movers.set(name, mover);
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function mover<From>(name: string): Mover<From> {
  const found = movers.get(name);
  if (found === undefined) throw new Error(`No guide exports ${name}()`);
  return found as Mover<From>;
}

@Module({})
class GuideModule {}

/** An application that counts, and its data source. */
async function counting(): Promise<{ counters: CounterService; database: DataSource }> {
  const url = await createDatabase(inject('databaseUrl'));
  const data = { type: 'postgres', url, autoLoadEntities: true, synchronize: true } as const;
  const redis = inject('redisUrl');
  const namespace = `guides-${randomUUID().slice(0, 8)}`;
  const counts = FastCounterModule.forRoot({ redis, namespace });
  const app = await NestFactory.createApplicationContext(
    { module: GuideModule, imports: [TypeOrmModule.forRoot(data), counts] },
    { logger: false, abortOnError: false },
  );
  onTestFinished(() => app.close());
  return { counters: app.get(CounterService), database: app.get(DataSource) };
}

/** One whose process ends when it has counted, before it can note that. */
function interrupted(counters: CounterService): CounterService {
  const killed = (): never => {
    throw new Error('killed');
  };
  return {
    incr: (...given: Parameters<CounterService['incr']>) => counters.incr(...given).then(killed),
    incrMany: (...given: Parameters<CounterService['incrMany']>) =>
      counters.incrMany(...given).then(killed),
  } as CounterService;
}

const TIMES = 200;

/** Moves over and over while an old process counts; answers when that has ended and all is moved. */
async function moveUnder<From>(
  move: Mover<From>,
  from: From,
  counters: CounterService,
  countOnce: (time: number) => Promise<unknown>,
): Promise<void> {
  let counts = true;
  const old = async (): Promise<void> => {
    for (let time = 0; time < TIMES; time++) await countOnce(time);
    counts = false;
  };
  let kills = 0;
  const killed = (error: Error): void => {
    if (error.message !== 'killed') throw error;
    kills++;
  };
  const moving = async (): Promise<void> => {
    while (counts) {
      // where there is nothing to move at the moment, it is not interrupted
      await move(from, interrupted(counters)).catch(killed);
      await Promise.all([move(from, counters), move(from, counters)]);
    }
  };
  await Promise.all([old(), moving()]);
  expect(kills).toBeGreaterThan(0);
  await move(from, counters);
}

const nameOf = (article: number): string => `articles:${article}:views`;

test('a column is moved while an old process counts in it, and a mover is killed', async () => {
  const { counters, database } = await counting();
  await database.query('CREATE TABLE article (id integer PRIMARY KEY, views integer NOT NULL)');
  await database.query('INSERT INTO article VALUES (1, 1000), (2, 0), (3, -7)');
  const update = 'UPDATE article SET views = views + 1 WHERE id = $1';
  await moveUnder(mover<DataSource>('moveViews'), database, counters, (time) =>
    database.query(update, [1 + (time % 2)]),
  );
  expect(await database.query('SELECT SUM(ABS(views)) AS left FROM article')).toEqual([
    { left: '0' },
  ]);
  const totals = await counters.getCounts([1, 2, 3].map(nameOf));
  expect(totals).toEqual([1000 + TIMES / 2, TIMES / 2, -7]);
});

test('all totals of a column are imported in a pause, and a second run changes nothing', async () => {
  const { counters, database } = await counting();
  await database.query('CREATE TABLE article (id integer PRIMARY KEY, views bigint NOT NULL)');
  await database.query('INSERT INTO article SELECT id, id * 10 FROM generate_series(0, 5100) id');
  const move = mover<DataSource>('moveAllViews');
  await move(database, counters);
  await counters.incr(nameOf(7));
  await move(database, counters);
  expect(await counters.getCounts([0, 7, 5100].map(nameOf))).toEqual([0, 71, 51_000]);
  expect(await counters.count()).toBe(5100);
});

test('sharded rows are moved while an old process counts in them, and a mover is killed', async () => {
  const { counters, database } = await counting();
  await database.query(
    'CREATE TABLE article_views (article integer, shard integer, n bigint NOT NULL, PRIMARY KEY (article, shard))',
  );
  await database.query(
    'INSERT INTO article_views SELECT 1, shard, 10 FROM generate_series(0, 3) shard',
  );
  const upsert =
    'INSERT INTO article_views VALUES (1, $1, 1) ON CONFLICT (article, shard) DO UPDATE SET n = article_views.n + 1';
  await moveUnder(mover<DataSource>('moveShards'), database, counters, (time) =>
    database.query(upsert, [time % 5]),
  );
  expect(await database.query('SELECT SUM(ABS(n)) AS left FROM article_views')).toEqual([
    { left: '0' },
  ]);
  expect(await counters.getCount(nameOf(1))).toBe(40 + TIMES);
});

test('keys of Redis are moved while an old process counts in them, and a mover is killed', async () => {
  const { counters } = await counting();
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  await redis.mset('views:1', '1000', 'views:2', '0', 'views:3', '-7');
  await moveUnder(mover<Redis>('moveKeys'), redis, counters, (time) =>
    redis.incr(`views:${1 + (time % 2)}`),
  );
  expect(await redis.keys('*views:*')).toEqual([]);
  const totals = await counters.getCounts([1, 2, 3].map(nameOf));
  expect(totals).toEqual([1000 + TIMES / 2, TIMES / 2, -7]);
});

test('on MariaDB a column is emptied by what is noted, while an old process counts in it', async () => {
  const url = await createMariadbDatabase(inject('mariadbUrl'));
  const [old, moving] = await Promise.all([
    mysql.createConnection(url),
    mysql.createConnection(url),
  ]);
  onTestFinished(async () => {
    await Promise.all([old.end(), moving.end()]);
  });
  await moving.query('CREATE TABLE article (id int PRIMARY KEY, views int NOT NULL)');
  await moving.query('INSERT INTO article VALUES (1, 1000), (2, 0)');
  const [table = '', move = '', remove = ''] = codeBlocks('docs/guides/from-update.md')
    .filter(({ language }) => language === 'sql')
    .map(({ code }) => code);
  const statements = move.split(';').filter((text) => text.trim() !== '');
  expect(statements).toHaveLength(5);
  await moving.query(table);
  let counts = true;
  const counting = async (): Promise<void> => {
    for (let time = 0; time < TIMES; time++) {
      await old.query('UPDATE article SET views = views + 1 WHERE id = ?', [1 + (time % 2)]);
    }
    counts = false;
  };
  let runs = 0;
  const emptying = async (): Promise<void> => {
    do {
      runs++;
      for (const statement of statements) await moving.query(statement, [runs]);
    } while (counts);
  };
  await Promise.all([counting(), emptying()]);
  const [rows] = await moving.query(
    `SELECT article.id, article.views + SUM(moved_views.views) AS total
      FROM article JOIN moved_views ON article = id GROUP BY article.id, article.views ORDER BY 1`,
  );
  expect(rows).toEqual([
    { id: 1, total: String(1000 + TIMES / 2) },
    { id: 2, total: String(TIMES / 2) },
  ]);
  const keysOf = async (): Promise<string[]> => {
    const [found] = await moving.query('SELECT `key` FROM moved_views');
    return (found as { key: string }[]).map(({ key }) => key);
  };
  const [kept, ...counted] = await keysOf();
  expect(counted).not.toEqual([]);
  await moving.query(remove, [counted]);
  expect(await keysOf()).toEqual([kept]);
});
