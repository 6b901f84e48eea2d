import {
  Global,
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Environment } from '../environment.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

export const POSTGRES_URL = Symbol('POSTGRES_URL');
const EMBEDDED_POSTGRES = Symbol('EMBEDDED_POSTGRES');

/**
 * The PostgreSQL of `DATABASE_URL`, or else one of our own.
 *
 * It has to stop after everything that uses it. Nest destroys global modules last, and among them
 * the first imported last: so this one is global, and imported before `TypeOrmModule`.
 */
@Global()
@Module({})
export class PostgresModule implements OnApplicationShutdown {
  constructor(@Inject(EMBEDDED_POSTGRES) private readonly embedded: EmbeddedPostgres | null) {}

  static forRoot({ databaseUrl, dataDirectory }: Environment): DynamicModule {
    return {
      module: PostgresModule,
      providers: [
        {
          provide: EMBEDDED_POSTGRES,
          useFactory: () => (databaseUrl === undefined ? startIn(dataDirectory) : null),
        },
        {
          provide: POSTGRES_URL,
          inject: [EMBEDDED_POSTGRES],
          useFactory: (embedded: EmbeddedPostgres | null) => embedded?.url ?? databaseUrl,
        },
      ],
      exports: [POSTGRES_URL],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.embedded?.stop();
  }
}

function startIn(dataDirectory: string): Promise<EmbeddedPostgres> {
  new Logger('EmbeddedPostgres').log(`Starting PostgreSQL in ${dataDirectory}`);
  return startEmbeddedPostgres({ dataDirectory, persistent: true });
}
