import 'reflect-metadata';
import { createClient } from '@keyv/redis';
import { Controller, type DynamicModule, Get, Inject, Module, type Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CounterService } from 'nestjs-fastcounter';
import { HttpClients } from '../http-clients.js';
import { counterName } from '../measure/names.js';
import type { OpenSubject, Subject } from '../subject.js';
import { countingModules, listen } from './application.js';

const COUNT = Symbol('COUNT');

/** Of one counter; resolves when it is acknowledged. */
type Count = (name: string) => Promise<unknown>;

interface Host {
  imports: DynamicModule[];
  provider: Provider;
  settle?: (app: NestFastifyApplication) => Promise<void>;
  close?: () => void;
}

/** An endpoint that awaits one `incr()` of a counter that is drawn for each request. */
export const countingEndpoint: OpenSubject = (world, options) =>
  serve({
    imports: countingModules(world, options),
    provider: {
      provide: COUNT,
      inject: [CounterService],
      useFactory:
        (counters: CounterService): Count =>
        (name) =>
          counters.incr(name),
    },
    settle: (app) => app.get(CounterService).flush(),
  });

/** The same endpoint, which awaits one INCRBY over node-redis. */
export const incrByEndpoint: OpenSubject = async ({ redis, namespace }) => {
  const client = createClient({ url: redis.url });
  client.on('error', (error) => console.error(error));
  await client.connect();
  const count: Count = (name) => client.incrBy(`${namespace}:${name}`, 1);
  return serve({
    imports: [],
    provider: { provide: COUNT, useValue: count },
    close: () => client.destroy(),
  });
};

async function serve({ imports, provider, settle, close }: Host): Promise<Subject> {
  let names: readonly string[] = [];

  @Controller()
  class Endpoint {
    constructor(@Inject(COUNT) private readonly count: Count) {}

    @Get('count')
    async counted(): Promise<string> {
      await this.count(names[Math.floor(Math.random() * names.length)] as string);
      return 'ok';
    }
  }

  @Module({ imports, controllers: [Endpoint], providers: [provider] })
  class ApplicationModule {}
  const app = await listen(ApplicationModule);
  const url = `${await app.getUrl()}/count`;
  const clients = new HttpClients();
  return {
    async run({ counters, callers, warmUp, duration }, clock) {
      names = Array.from({ length: counters }, (_, index) => counterName(index));
      await clients.call({ url, connections: callers, duration: warmUp });
      clock.begin();
      const outcome = await clients.call({ url, connections: callers, duration });
      clock.end();
      return outcome;
    },
    settle: () => settle?.(app) ?? Promise.resolve(),
    close: async () => {
      clients.close();
      await app.close();
      close?.();
    },
  };
}
