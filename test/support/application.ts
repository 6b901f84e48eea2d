import { randomUUID } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import {
  CounterEvents,
  CounterService,
  fastCounterEntities,
  FastCounterModule,
  type FastCounterOptions,
} from '../../lib/index.js';
import { driverTypes, newDatabase, typeOrm } from './surroundings.js';

/** Where the counts are: on real Redis with Bull, or in the process. */
export type Mode = 'redis' | 'embedded';
export const MODES: readonly Mode[] = ['redis', 'embedded'];

export interface ApplicationOptions extends FastCounterOptions {
  mode?: Mode;
  /** An existing database with the tables; a fresh one without. */
  databaseUrl?: string;
}

export interface Application {
  app: INestApplicationContext;
  counters: CounterService;
  events: CounterEvents;
  /** Of the test, on the same database. */
  dataSource: DataSource;
  databaseUrl: string;
  namespace: string;
  /** The row's value, straight from the table; undefined without a row. */
  row: (name: string) => Promise<bigint | undefined>;
  /** Runs SQL that the application may not: as the owner of the tables. */
  asOwner: (sql: string) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * A real application on real servers, with the rights that docs/security.md grants; every one counts
 * in a namespace of its own unless told.
 */
export async function startApplication({
  mode = 'redis',
  databaseUrl,
  namespace = `test-${randomUUID().slice(0, 8)}`,
  ...options
}: ApplicationOptions = {}): Promise<Application> {
  const url = databaseUrl ?? (await newDatabase());
  const redis = mode === 'redis' && options.cache === undefined ? inject('redisUrl') : undefined;
  // before the application: what it tells at once is told to who listens when this returns
  const dataSource = await ownDataSource(url);
  @Module({})
  class ApplicationModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [typeOrm(url), FastCounterModule.forRoot({ redis, namespace, ...options })],
    },
    { logger: false, abortOnError: false },
  ).catch(async (error: unknown) => {
    await dataSource.destroy();
    throw error;
  });
  return {
    app,
    counters: app.get(CounterService),
    events: app.get(CounterEvents),
    dataSource,
    databaseUrl: url,
    namespace,
    async row(name) {
      const [found] = await dataSource.query<{ value: string }[]>(
        'SELECT value::text AS value FROM fast_counter WHERE namespace = $1 AND name = $2',
        [namespace, name],
      );
      return found === undefined ? undefined : BigInt(found.value);
    },
    async asOwner(sql) {
      const owner = new URL(inject('databaseUrl'));
      owner.pathname = new URL(url).pathname;
      const client = new pg.Client(owner.href);
      await client.connect();
      await client.query(sql).finally(() => client.end());
    },
    async close() {
      await app.close();
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  };
}

/** Of the test: with nothing that the application wants of its own. */
const ownDataSource = (url: string): Promise<DataSource> =>
  new DataSource({
    ...{ type: 'postgres', url, entities: fastCounterEntities, poolSize: 5 },
    extra: { types: driverTypes },
  }).initialize();
