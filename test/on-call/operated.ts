import { randomUUID } from 'node:crypto';
import { Controller, Get, type INestApplication, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  TerminusModule,
} from '@nestjs/terminus';
import { Registry } from 'prom-client';
import { inject } from 'vitest';
import { FastCounterDashboardModule } from '../../lib/dashboard/index.js';
import { FastCounterHealthIndicator } from '../../lib/health/index.js';
import { CounterService, FastCounterModule, type FastCounterOptions } from '../../lib/index.js';
import { registerFastCounterMetrics } from '../../lib/metrics/index.js';
import type { Place } from '../cli/command.js';
import { asCounterUser } from '../support/servers/documented-access.js';
import { newDatabase, typeOrm } from '../support/surroundings.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: FastCounterHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  all(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.indicator.counting('counting'),
      () => this.indicator.persisting('persisting'),
      () => this.indicator.intact('intact'),
    ]);
  }
}

/** An application as somebody is on call for: with health, metrics, a dashboard and a log. */
export interface Operated {
  app: INestApplication;
  counters: CounterService;
  /** Without a slash at its end. */
  url: string;
  metrics: Registry;
  /** Lines of the log, in their order, with their level. */
  log: { level: 'log' | 'warn' | 'error'; text: string }[];
  namespace: string;
  databaseUrl: string;
  redisUrl: string;
  /** Where the command line finds the counts. */
  place: Place;
  close: () => Promise<void>;
}

export interface OperatedOptions extends FastCounterOptions {
  /** With the tables, for the documented role; a fresh one without. */
  databaseUrl?: string | undefined;
  /** For a user that may do everything; the Redis of all tests without. */
  redis?: string | undefined;
}

export async function startOperated({
  databaseUrl,
  redis,
  namespace = `on-call-${randomUUID().slice(0, 8)}`,
  ...options
}: OperatedOptions = {}): Promise<Operated> {
  const url = databaseUrl ?? (await newDatabase());
  const redisUrl = redis === undefined ? inject('redisUrl') : asCounterUser(redis);
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      typeOrm(url),
      FastCounterModule.forRoot({
        ...{ redis: redisUrl, namespace, updateInterval: 500, databaseTimeout: 3_000 },
        ...options,
      }),
      FastCounterDashboardModule.forRoot({ path: 'dashboard', guard: 'none' }),
    ],
    controllers: [HealthController],
    providers: [FastCounterHealthIndicator],
  })
  class OperatedModule {}
  const log: Operated['log'] = [];
  const app = await NestFactory.create(OperatedModule, {
    logger: logger(log),
    abortOnError: false,
  });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  const counters = app.get(CounterService);
  const metrics = new Registry();
  await registerFastCounterMetrics(metrics, counters);
  return {
    ...{ app, counters, metrics, log, namespace, databaseUrl: url, redisUrl },
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    place: { redis: redisUrl, databaseUrl: url, namespace },
    close: () => app.close(),
  };
}

/** Keeps the lines of this module. */
function logger(log: Operated['log']): LoggerService {
  const keep =
    (level: 'log' | 'warn' | 'error') =>
    (message: unknown, ...further: unknown[]): void => {
      if (further.at(-1) === 'FastCounter') log.push({ level, text: String(message) });
    };
  return { log: keep('log'), warn: keep('warn'), error: keep('error') };
}
