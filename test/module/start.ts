import { randomUUID } from 'node:crypto';
import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { inject, onTestFinished } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';

export const redis = (): string => inject('redisUrl');
/** For a user that may do everything. */
export const redisAdmin = (): string => inject('redisAdminUrl');
export const freshNamespace = (): string => `module-${randomUUID().slice(0, 8)}`;
export const freshDatabase = (): Promise<string> => createDatabase(inject('databaseUrl'));

/** A TypeORM data source on a fresh database, unless the options say where. */
export async function database(
  options: Partial<TypeOrmModuleOptions> = {},
): Promise<DynamicModule> {
  const all = {
    type: 'postgres',
    url: 'url' in options ? options.url : await freshDatabase(),
    autoLoadEntities: true,
    synchronize: true,
    retryAttempts: 0,
    ...options,
  } as TypeOrmModuleOptions;
  return TypeOrmModule.forRoot(all);
}

/** A module of its own, without imports unless given. */
export function moduleOf(metadata: ModuleMetadata): DynamicModule {
  @Module({})
  class TestModule {}
  return { module: TestModule, ...metadata };
}

/** A Nest application of these modules, closed when the test ends. */
export async function start(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(moduleOf(metadata), {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  return app;
}
