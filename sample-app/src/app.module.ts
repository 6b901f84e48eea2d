import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastCounterModule } from 'nestjs-fastcounter';
import { FastCounterDashboardModule } from 'nestjs-fastcounter/dashboard';
import { articleColumns } from './articles/article-columns.js';
import { ArticlesModule } from './articles/articles.module.js';
import { BillingModule } from './billing/billing.module.js';
import { CountersModule } from './counters/counters.module.js';
import { DatabaseModule } from './database/database.module.js';
import type { Environment } from './environment.js';
import { FastCounterErrorFilter } from './errors/fast-counter-error.filter.js';
import { HttpExceptionFilter } from './errors/http-exception.filter.js';
import { UnexpectedErrorFilter } from './errors/unexpected-error.filter.js';
import { OperationsModule } from './operations/operations.module.js';
import { PageController } from './page/page.controller.js';
import { UsageModule } from './usage/usage.module.js';

@Module({})
export class AppModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(environment),
        FastCounterModule.forRoot({
          // Without the option: embedded mode, pending counts live in the memory of this process.
          ...(environment.redisUrl === undefined ? {} : { redis: environment.redisUrl }),
          namespace: environment.namespace,
          workers: environment.workers,
          updateInterval: environment.updateInterval,
          columns: articleColumns,
          // Calls that come after their month was closed are billed in the next one.
          windows: { late: 'next' },
        }),
        // Open to everybody, so on a machine of one's own alone: with servers, give it the guard of your operators.
        ...(environment.redisUrl === undefined
          ? [FastCounterDashboardModule.forRoot({ path: 'dashboard', guard: 'none' })]
          : []),
        ArticlesModule,
        CountersModule,
        UsageModule,
        BillingModule,
        OperationsModule,
      ],
      controllers: [PageController],
      providers: [
        // Nest asks the last one first.
        { provide: APP_FILTER, useClass: UnexpectedErrorFilter },
        { provide: APP_FILTER, useClass: HttpExceptionFilter },
        { provide: APP_FILTER, useClass: FastCounterErrorFilter },
      ],
    };
  }
}
