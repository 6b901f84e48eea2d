import { randomUUID } from 'node:crypto';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { onTestFinished } from 'vitest';
import { FastCounterModule, type FastCounterOptions } from '../../lib/index.js';

/** An application on another database than that of the tests, in a namespace of its own. */
export async function startOnDatabase(
  database: TypeOrmModuleOptions,
  options: FastCounterOptions,
): Promise<{ app: INestApplicationContext; namespace: string }> {
  @Module({})
  class ApplicationModule {}
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const tables = { autoLoadEntities: true, synchronize: true, retryAttempts: 0 };
  const app = await NestFactory.createApplicationContext(
    {
      module: ApplicationModule,
      imports: [
        TypeOrmModule.forRoot({ ...database, ...tables }),
        FastCounterModule.forRoot({ ...options, namespace }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  onTestFinished(() => app.close());
  return { app, namespace };
}
