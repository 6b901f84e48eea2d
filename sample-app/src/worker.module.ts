import { Module, type DynamicModule } from '@nestjs/common';
import { FastCounterModule } from 'nestjs-fastcounter';
import { DatabaseModule } from './database/database.module.js';
import type { Environment } from './environment.js';

/** Moves counts from Redis to the database, and answers no requests. */
@Module({})
export class WorkerModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        DatabaseModule.forRoot(environment),
        FastCounterModule.forRoot({
          redis: environment.redisUrl,
          namespace: environment.namespace,
        }),
      ],
    };
  }
}
