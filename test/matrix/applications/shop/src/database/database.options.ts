import type { ConfigService } from '@nestjs/config';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { CreateTables1700000000000 } from './create-tables';

export const databaseOptions = (config: ConfigService): TypeOrmModuleOptions => ({
  type: 'mysql',
  url: config.getOrThrow<string>('DATABASE_URL'),
  timezone: 'Z',
  autoLoadEntities: true,
  migrations: [CreateTables1700000000000],
  migrationsRun: true,
});
