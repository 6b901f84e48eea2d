import { randomUUID } from 'node:crypto';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { inject } from 'vitest';
import {
  FastCounterDashboardModule,
  type FastCounterDashboardOptions,
} from '../../lib/dashboard/index.js';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  MeteringService,
  ParkedCounts,
} from '../../lib/index.js';
import type { FastCounterOptions } from '../../lib/index.js';
import { newDatabase, typeOrm } from '../support/surroundings.js';

export type Platform = 'Express' | 'Fastify';

export interface HostOptions {
  platform?: Platform;
  /** Of each dashboard. */
  dashboards: readonly FastCounterDashboardOptions[];
  counting?: FastCounterOptions;
  /** Modules that count besides. */
  imports?: DynamicModule[];
  configure?: (app: INestApplication) => void;
  redis?: string;
  database?: string;
}

export interface Host {
  app: INestApplication;
  /** Without a slash at its end. */
  url: string;
  namespace: string;
  counters: CounterService;
  metering: MeteringService;
  parked: ParkedCounts;
  events: CounterEvents;
}

/** An application with a dashboard, on HTTP. */
export async function startHost({
  platform = 'Express',
  dashboards,
  counting = {},
  imports = [],
  configure,
  redis = inject('redisUrl'),
  database,
}: HostOptions): Promise<Host> {
  const namespace = `dashboard-${randomUUID().slice(0, 8)}`;
  @Module({})
  class HostModule {}
  const root = {
    module: HostModule,
    imports: [
      typeOrm(database ?? (await newDatabase())),
      FastCounterModule.forRoot({ redis, namespace, ...counting }),
      ...imports,
      ...dashboards.map((options) => FastCounterDashboardModule.forRoot(options)),
    ],
  };
  const quiet = { logger: false, abortOnError: false } as const;
  const app =
    platform === 'Express'
      ? await NestFactory.create(root, quiet)
      : await NestFactory.create(root, new FastifyAdapter(), quiet);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return {
    ...{ app, namespace },
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    counters: app.get(CounterService),
    metering: app.get(MeteringService),
    parked: app.get(ParkedCounts),
    events: app.get(CounterEvents),
  };
}
