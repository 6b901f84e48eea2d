import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { CounterEvents, CounterService, FastCounterModule } from 'nestjs-fastcounter';
import type { DataSource } from 'typeorm';
import type { Parameters, World } from '../subject.js';

/**
 * Shorter than the default of 10 s: then what is counted in a round is also persisted in it, and
 * more often than an application would.
 */
const UPDATE_INTERVAL = 1000;

export interface CountingApplication {
  counters: CounterService;
  events: CounterEvents;
  dataSource: DataSource;
  close: () => Promise<void>;
}

/** The package as it was built, with everything that it promises: Redis, Bull, workers, PostgreSQL. */
export async function startCounting(
  { redis, postgres, namespace }: World,
  options: Parameters = {},
): Promise<CountingApplication> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: postgres.url,
        autoLoadEntities: true,
        synchronize: true,
      }),
      FastCounterModule.forRoot({
        redis: redis.url,
        namespace,
        updateInterval: UPDATE_INTERVAL,
        ...options,
      }),
    ],
  })
  class ApplicationModule {}
  const app = await NestFactory.createApplicationContext(ApplicationModule, {
    logger: ['error'],
    abortOnError: false,
  });
  return {
    counters: app.get(CounterService),
    events: app.get(CounterEvents),
    dataSource: app.get<DataSource>(getDataSourceToken()),
    close: () => app.close(),
  };
}
