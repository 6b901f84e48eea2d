import 'reflect-metadata';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  MeteringService,
} from 'nestjs-fastcounter';
import type { DataSource } from 'typeorm';
import { type DatabaseType, type Parameters, urlOf, type World } from '../subject.js';

/**
 * Shorter than the default of 10 s: then what is counted in a round is also persisted in it, and
 * more often than an application would.
 */
const UPDATE_INTERVAL = 1000;

export interface CountingApplication {
  counters: CounterService;
  metering: MeteringService;
  events: CounterEvents;
  dataSource: DataSource;
  close: () => Promise<void>;
}

/** What an application imports to count, with everything that is promised. */
export function countingModules(
  world: World,
  options: Parameters,
  poolSize?: number,
  database: DatabaseType = 'postgres',
): DynamicModule[] {
  const { redis, namespace } = world;
  const url = urlOf(world, database);
  return [
    TypeOrmModule.forRoot({
      ...{ autoLoadEntities: true, synchronize: true },
      ...(database === 'postgres'
        ? { type: 'postgres', url, poolSize }
        : { type: 'mariadb', url, timezone: 'Z', extra: { connectionLimit: poolSize ?? 10 } }),
    }),
    FastCounterModule.forRoot({
      redis: redis.url,
      namespace,
      updateInterval: UPDATE_INTERVAL,
      // twenty processes that start on a part of a processor take their time
      acknowledgeTimeout: 120_000,
      ...options,
    }),
  ];
}

/** The package as it was built, with Redis, Bull, workers and a database. */
export async function startCounting(
  world: World,
  options: Parameters = {},
  poolSize?: number,
  database?: DatabaseType,
): Promise<CountingApplication> {
  @Module({ imports: countingModules(world, options, poolSize, database) })
  class ApplicationModule {}
  const app = await NestFactory.createApplicationContext(ApplicationModule, {
    logger: ['error'],
    abortOnError: false,
  });
  return {
    counters: app.get(CounterService),
    metering: app.get(MeteringService),
    events: app.get(CounterEvents),
    dataSource: app.get<DataSource>(getDataSourceToken()),
    close: () => app.close(),
  };
}

/** Serves the endpoints of a module on a free port, by Fastify. */
export async function listen(module: Type): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: ['error'],
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return app;
}
