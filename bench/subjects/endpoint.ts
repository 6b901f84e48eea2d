import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CounterService, CountCalls } from 'nestjs-fastcounter';
import { Counter, Registry } from 'prom-client';
import type { Observable } from 'rxjs';
import type { HttpLoad, HttpOutcome } from '../http-load.js';
import type { OpenSubject, World } from '../subject.js';
import { countingModules } from './application.js';

const CONNECTIONS = 50;
const COUNTER = 'calls:answer';

@Injectable()
class EmptyInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const registry = new Registry();
const requests = new Counter({
  name: 'requests_total',
  help: 'Requests',
  labelNames: ['route'],
  registers: [registry],
});

/** The same handler, counted in different ways. */
const controllers = {
  bare: () => {
    @Controller()
    class BareController {
      @Get()
      answer(): string {
        return 'ok';
      }
    }
    return BareController;
  },
  interceptor: () => {
    @Controller()
    class InterceptedController {
      @Get()
      @UseInterceptors(EmptyInterceptor)
      answer(): string {
        return 'ok';
      }
    }
    return InterceptedController;
  },
  prometheus: () => {
    @Controller()
    class PrometheusController {
      @Get()
      answer(): string {
        requests.inc({ route: '/' });
        return 'ok';
      }
    }
    return PrometheusController;
  },
  incr: () => {
    @Controller()
    class IncrementingController {
      constructor(@Inject(CounterService) private readonly counters: CounterService) {}

      @Get()
      answer(): string {
        void this.counters.incr(COUNTER);
        return 'ok';
      }
    }
    return IncrementingController;
  },
  request: () => {
    @Controller()
    class CountedByRequestController {
      @Get()
      @CountCalls({ name: 'calls:{request.method}' })
      answer(): string {
        return 'ok';
      }
    }
    return CountedByRequestController;
  },
  context: () => {
    @Controller()
    class CountedByContextController {
      @Get()
      @CountCalls({ name: ({ context }) => `calls:${methodOf(context)}` })
      answer(): string {
        return 'ok';
      }
    }
    return CountedByContextController;
  },
  countCalls: () => {
    @Controller()
    class CountedController {
      @Get()
      @CountCalls({ name: COUNTER })
      answer(): string {
        return 'ok';
      }
    }
    return CountedController;
  },
} satisfies Record<string, () => Type>;

const methodOf = (context?: ExecutionContext): string =>
  context?.switchToHttp().getRequest<{ method: string }>().method ?? 'none';

/** The counter of each of ours. */
const counters: Readonly<Record<string, string | undefined>> = {
  incr: COUNTER,
  countCalls: COUNTER,
  request: 'calls:GET',
  context: 'calls:GET',
};

/** The default: what is persisted each second costs more than an application pays. */
const UPDATE_INTERVAL = 10_000;

/**
 * An endpoint on Fastify, and who calls it, in a process of its own. All applications have the
 * counters, those too that do not count: what differs is the handler.
 */
export const endpoint: OpenSubject = async (world, { counted }) => {
  const app = await serve(world, counted as keyof typeof controllers);
  const clients = fork(process.argv[1] ?? '', ['--http-load']);
  return {
    async run(task, clock) {
      const url = await app.getUrl();
      await ask(clients, { url, connections: CONNECTIONS, duration: task.warmUp });
      clock.begin();
      const outcome = await ask(clients, {
        url,
        connections: CONNECTIONS,
        duration: task.duration,
      });
      clock.end();
      await expectCounted(app, counters[String(counted)]);
      return outcome;
    },
    close: async () => {
      clients.disconnect();
      await app.close();
    },
  };
};

async function serve(world: World, counted: keyof typeof controllers) {
  const imports = countingModules(world, { updateInterval: UPDATE_INTERVAL });
  @Module({ imports, controllers: [controllers[counted]()], providers: [EmptyInterceptor] })
  class ApplicationModule {}
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(ApplicationModule, adapter, {
    logger: ['error'],
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function expectCounted(app: NestFastifyApplication, counter?: string): Promise<void> {
  if (counter === undefined || (await app.get(CounterService).getCount(counter)) > 0) return;
  throw new Error(`Nothing was counted for ${counter}`);
}

async function ask(clients: ChildProcess, load: HttpLoad): Promise<HttpOutcome> {
  const answered = once(clients, 'message');
  clients.send(load);
  const [outcome] = (await answered) as [HttpOutcome];
  return outcome;
}
