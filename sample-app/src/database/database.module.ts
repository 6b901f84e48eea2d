import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Environment } from '../environment.js';
import { createMigratedDataSource } from './migrated-data-source.js';
import { CreateTables1760000000000 } from './migrations/1760000000000-create-tables.js';
import { POSTGRES_URL, PostgresModule } from './postgres.module.js';

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
            migrations: [CreateTables1760000000000],
          }),
          dataSourceFactory: createMigratedDataSource,
        }),
      ],
    };
  }
}
