import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FastCounterModule } from 'nestjs-fastcounter';
import { articleColumns } from './articles/article-columns.js';
import { Article } from './articles/article.entity.js';
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
        // For the column that this process writes.
        TypeOrmModule.forFeature([Article]),
        FastCounterModule.forRoot({
          redis: environment.redisUrl,
          namespace: environment.namespace,
          columns: articleColumns,
          windows: { late: 'next' },
        }),
      ],
    };
  }
}
