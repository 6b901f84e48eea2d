import type { INestApplication, Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { type FastCounterOptions, MeteringService } from '../../lib/index.js';
import { countingModule } from './counting.js';

export const ADAPTERS: [string, () => ExpressAdapter | FastifyAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

export interface Served {
  app: INestApplication;
  metering: MeteringService;
  /** Errors that were logged, whole lines. */
  logged: string[];
  /** Warnings that were logged. */
  warned: string[];
  call: (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;
}

/** These controllers over HTTP, on an adapter, with counters of their own; closed when the test ends. */
export async function serve(
  adapter: ExpressAdapter | FastifyAdapter,
  controllers: Type[],
  options: FastCounterOptions = {},
  providers: Provider[] = [],
): Promise<Served> {
  const logged: string[] = [];
  const warned: string[] = [];
  const module = await countingModule(
    { controllers, providers },
    { shutdownTimeout: 500, ...options },
  );
  const app: INestApplication = await NestFactory.create(module, adapter, {
    logger: {
      log: () => undefined,
      warn: (message: unknown) => warned.push(String(message)),
      error: (message: unknown) => logged.push(String(message)),
    },
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  await app.listen(0);
  const base = (await app.getUrl()).replace('[::1]', 'localhost');
  return {
    app,
    metering: app.get(MeteringService),
    logged,
    warned,
    call: (path, headers = {}, method = 'GET') => fetch(`${base}/${path}`, { headers, method }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
