import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Environment } from '../environment.js';
import { createMigratedDataSource } from './migrated-data-source.js';
import { CreateTables1760000000000 } from './migrations/1760000000000-create-tables.js';
import { AddArticleViews1764000000000 } from './migrations/1764000000000-add-article-views.js';
import { CountWithTransactions1795000000000 } from './migrations/1795000000000-count-with-transactions.js';
import { POSTGRES_URL, PostgresModule } from './postgres.module.js';

/** For any statement of this process. Longer than `databaseTimeout` of FastCounterModule, which repeats its own. */
const LONGEST_STATEMENT = 20_000;
/** For a connection: while all stand still, requests would wait for one without end. */
const LONGEST_WAIT = 10_000;

@Module({})
export class DatabaseModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        PostgresModule.forRoot(environment),
        TypeOrmModule.forRootAsync({
          inject: [POSTGRES_URL],
          useFactory: (url: string) => ({
            type: 'postgres',
            url,
            // Finds the entities of the articles and of FastCounterModule.
            autoLoadEntities: true,
            synchronize: false,
            // A PostgreSQL that stands still refuses nothing: without these a request has no answer.
            extra: { query_timeout: LONGEST_STATEMENT, connectionTimeoutMillis: LONGEST_WAIT },
            migrations: [
              CreateTables1760000000000,
              AddArticleViews1764000000000,
              CountWithTransactions1795000000000,
            ],
          }),
          dataSourceFactory: createMigratedDataSource,
        }),
      ],
    };
  }
}
