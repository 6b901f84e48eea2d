import { Controller, Get, Injectable, Module, Param, Post } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  CountCalls,
  CounterService,
  downFastCounter,
  FastCounterModule,
  Quota,
  upFastCounter,
} from 'nestjs-fastcounter';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { ObservingModule } from './observing.js';

export class AddCounters1700000000000 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return upFastCounter(runner);
  }

  down(runner: QueryRunner): Promise<void> {
    return downFastCounter(runner);
  }
}

const { SQLITE, DATABASE_URL = '' } = process.env;

function database(): DataSourceOptions {
  if (SQLITE === 'better-sqlite3') return { type: SQLITE, database: DATABASE_URL };
  if (SQLITE === 'sqljs') return { type: SQLITE, location: DATABASE_URL, autoSave: true };
  return { type: 'postgres', url: DATABASE_URL };
}

export const dataSourceOptions: DataSourceOptions = {
  ...database(),
  migrations: [AddCounters1700000000000],
  migrationsRun: true,
};

@Injectable()
export class Articles {
  constructor(private readonly counters: CounterService) {}

  view(id: string): Promise<void> {
    return this.counters.incr(`articles:${id}:views`);
  }

  views(id: string): Promise<number> {
    return this.counters.getCount(`articles:${id}:views`);
  }
}

@Controller()
export class ArticlesController {
  constructor(private readonly articles: Articles) {}

  @Get('articles/:id')
  @CountCalls({ name: 'articles.read' })
  async read(@Param('id') id: string): Promise<string> {
    await this.articles.view(id);
    return String(await this.articles.views(id));
  }

  @Post('login')
  @Quota({ name: 'login', limit: 2, timeout: 30_000 })
  login(): string {
    return 'in';
  }
}

@Module({
  imports: [
    ObservingModule,
    TypeOrmModule.forRoot({ ...dataSourceOptions, autoLoadEntities: true, retryAttempts: 0 }),
    FastCounterModule.forRoot({
      redis: process.env.REDIS_URL,
      namespace: process.env.NAMESPACE ?? 'matrix',
      queue: { driver: process.env.QUEUE_DRIVER === 'bullmq' ? 'bullmq' : 'bull' },
    }),
  ],
  controllers: [ArticlesController],
  providers: [Articles],
})
export class AppModule {}
