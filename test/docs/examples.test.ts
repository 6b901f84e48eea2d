import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@keyv/redis';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  MeteringService,
  upFastCounter,
} from 'nestjs-fastcounter';
import { DataSource, type MigrationInterface } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createCounterDatabase } from '../support/servers/counter-database.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { compileExamples, type Example, findExamples } from './examples.js';
import { root } from './markdown.js';
import { tablesOf } from '../support/tables.js';

const execute = promisify(execFile);
const quiet = { logger: false, abortOnError: false } as const;
const directory = join(root, '.tmp', `docs-${randomUUID().slice(0, 8)}`);
const blocks = findExamples();
let examples: ReadonlyMap<string, Example>;

/** What an example may export. */
interface Exports {
  AppModule: Type;
}

@Module({})
class GivenModule {}

beforeAll(async () => {
  const compiled = await compileExamples(blocks, directory);
  examples = new Map(compiled.map((example) => [example.place, example]));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

function example(place: string): Example {
  const found = examples.get(place);
  if (found === undefined) throw new Error(`There is no example at ${place}`);
  return found;
}

async function run({ file }: Example): Promise<Exports> {
  return (await import(/* @vite-ignore */ file)) as Exports;
}

/** Empty servers, as far as an example can tell: its counters are new. */
async function environment(): Promise<Record<string, string>> {
  const [redis, database, counts] = await Promise.all([
    emptyRedis(),
    createDatabase(inject('databaseUrl')),
    createDatabase(inject('databaseUrl')),
  ]);
  return { REDIS_URL: redis, DATABASE_URL: database, COUNTS_DATABASE_URL: counts };
}

/** A logical database that no other test uses. */
async function emptyRedis(): Promise<string> {
  const client = createClient({ url: inject('redisAdminUrl'), database: 15 });
  await client.connect();
  await client.flushDb();
  await client.close();
  return `${inject('redisUrl')}/15`;
}

async function stubEnvironment(): Promise<void> {
  for (const [name, value] of Object.entries(await environment())) vi.stubEnv(name, value);
}

async function countOnce(app: INestApplicationContext): Promise<void> {
  const counters = app.get(CounterService);
  await counters.incr('documented');
  expect(await counters.getCount('documented')).toBe(1);
  await counters.flush();
  expect(await counters.list()).toMatchObject([{ name: 'documented', value: 1 }]);
}

async function tableNames(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const isGiven = (code: string): boolean => code.startsWith('// given:');
const hasModule = (code: string): boolean => code.includes('export class AppModule');
/** A driver that is not installed here: the matrix runs such an application. */
const isModule = (code: string): boolean => hasModule(code) && !code.includes("'better-sqlite3'");
const isMigration = (code: string): boolean => code.includes('implements MigrationInterface');
const makesTables = (code: string): boolean => isMigration(code) && code.includes('upFastCounter(');
const changesRows = (code: string): boolean => isMigration(code) && !makesTables(code);
const isLibrary = (code: string): boolean =>
  /^export /m.test(code) && !hasModule(code) && !isMigration(code);
const isScript = (code: string): boolean => !isGiven(code) && !/^export /m.test(code);
const isOnMariadb = (of: string): boolean =>
  blocks.some(({ place, code }) => place === of && code.includes(`type: 'mysql'`));
const places = (which: (code: string) => boolean): string[] =>
  blocks.filter(({ code }) => which(code)).map(({ place }) => place);

describe('the examples of the documents', () => {
  it('compile by the settings of the project', () => {
    expect(examples.size).toBeGreaterThan(15);
  });

  it.each(places(isScript))('run as a program of their own: %s', async (place) => {
    const env = { ...process.env, ...(await environment()) };
    const { stdout } = await execute(process.execPath, [example(place).file], { env });
    if (place.startsWith('README')) expect(stdout).toMatch(/^1$/m);
  });

  it.each(places(isGiven))('say what they answer, on real servers: %s', async (place) => {
    const [redis, url] = await Promise.all([emptyRedis(), createCounterDatabase()]);
    const app = await NestFactory.createApplicationContext(
      {
        module: GivenModule,
        imports: [
          TypeOrmModule.forRoot({
            type: 'postgres',
            url,
            autoLoadEntities: true,
          }),
          FastCounterModule.forRoot({ redis }),
        ],
      },
      quiet,
    );
    try {
      const things = {
        counters: app.get(CounterService),
        events: app.get(CounterEvents),
        metering: app.get(MeteringService),
      };
      for (const [name, thing] of Object.entries(things)) vi.stubGlobal(name, thing);
      expect(Object.keys(things)).toEqual(expect.arrayContaining(example(place).given));
      await run(example(place));
    } finally {
      await app.close();
    }
  });

  it.each(places(isModule))('are modules that count: %s', async (place) => {
    await stubEnvironment();
    if (isOnMariadb(place)) {
      vi.stubEnv('DATABASE_URL', await createMariadbDatabase(inject('mariadbUrl')));
    }
    const { AppModule } = await run(example(place));
    const app = await NestFactory.createApplicationContext(AppModule, quiet);
    await countOnce(app).finally(() => app.close());
  });

  it.each(places(makesTables))('migrate there and back: %s', async (place) => {
    const migrations = Object.values(await run(example(place))) as Type<MigrationInterface>[];
    const url = await createDatabase(inject('databaseUrl'));
    const dataSource = await new DataSource({ type: 'postgres', url, migrations }).initialize();
    try {
      await dataSource.runMigrations();
      expect(await tableNames(dataSource)).toEqual([...tablesOf(), 'migrations']);
      await dataSource.undoLastMigration();
      expect(await tableNames(dataSource)).toEqual(['migrations']);
    } finally {
      await dataSource.destroy();
    }
  });

  it.each(places(changesRows))('migrate what is in the tables: %s', async (place) => {
    const migrations = Object.values(await run(example(place))) as Type<MigrationInterface>[];
    const url = await createDatabase(inject('databaseUrl'));
    const dataSource = await new DataSource({ type: 'postgres', url, migrations }).initialize();
    try {
      // also before there are any, as on a new database
      await dataSource.runMigrations();
      await dataSource.undoLastMigration();
      const runner = dataSource.createQueryRunner();
      await upFastCounter(runner).finally(() => runner.release());
      expect(await dataSource.runMigrations()).toHaveLength(migrations.length);
    } finally {
      await dataSource.destroy();
    }
  });

  it.each(places(isLibrary))('load: %s', async (place) => {
    await stubEnvironment();
    expect(Object.keys(await run(example(place)))).not.toEqual([]);
  });
});
