import 'reflect-metadata';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CounterService, CountCalls } from 'nestjs-fastcounter';
import { Counter, Registry } from 'prom-client';
import type { Observable } from 'rxjs';
import { HttpClients } from '../http-clients.js';
import type { HttpOutcome } from '../http-load.js';
import type { OpenSubject, World } from '../subject.js';
import { countingModules, listen } from './application.js';

const CONNECTIONS = 50;

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

/** The same handler, counted in different ways; the second bare one shows what is chance. */
@Controller()
class Endpoints {
  constructor(@Inject(CounterService) private readonly counters: CounterService) {}

  @Get('bare1')
  bare(): string {
    return 'ok';
  }

  @Get('bare2')
  again(): string {
    return 'ok';
  }

  @Get('fixed')
  @CountCalls({ name: 'calls:fixed' })
  fixed(): string {
    return 'ok';
  }

  @Get('named')
  @CountCalls({ name: 'calls:{request.method}' })
  named(): string {
    return 'ok';
  }

  @Get('given')
  @CountCalls({ name: ({ context }) => `calls:${methodOf(context)}` })
  given(): string {
    return 'ok';
  }

  @Get('incr1')
  incr(): string {
    void this.counters.incr('calls:incr');
    return 'ok';
  }

  @Get('prom1')
  prometheus(): string {
    requests.inc({ route: '/' });
    return 'ok';
  }

  @Get('inter')
  @UseInterceptors(EmptyInterceptor)
  intercepted(): string {
    return 'ok';
  }
}

/** Of one length: a longer one costs more. */
const PATHS = ['bare1', 'bare2', 'fixed', 'named', 'given', 'incr1', 'prom1', 'inter'];
/** How often each has its turn in a round. */
const TURNS = 4;

const methodOf = (context?: ExecutionContext): string =>
  context?.switchToHttp().getRequest<{ method: string }>().method ?? 'none';

/** The default: what is persisted each second costs more than an application pays. */
const UPDATE_INTERVAL = 10_000;

/**
 * Endpoints on Fastify in one application, in turns, and who calls them, in a process of its own. Tells
 * the server's processor time for a request of each, in microseconds.
 */
export const endpoints: OpenSubject = async (world) => {
  const app = await serve(world);
  const clients = new HttpClients();
  const origin = await app.getUrl();
  const call = (path: string, duration: number): Promise<HttpOutcome> =>
    clients.call({ url: `${origin}/${path}`, connections: CONNECTIONS, duration });
  return {
    async run({ warmUp, duration }, clock) {
      for (const path of PATHS) await call(path, warmUp);
      const spent = new Map(PATHS.map((path) => [path, { requests: 0, microseconds: 0 }]));
      clock.begin();
      for (let turn = 0; turn < TURNS * PATHS.length; turn++) {
        // each comes after each other one
        const place = turn + Math.floor(turn / PATHS.length);
        const path = PATHS[place % PATHS.length] as string;
        const before = process.cpuUsage();
        const { operations } = await call(path, duration);
        const { user, system } = process.cpuUsage(before);
        const sum = spent.get(path);
        if (sum === undefined) continue;
        sum.requests += operations;
        sum.microseconds += user + system;
      }
      const seconds = clock.end();
      await expectCounted(app);
      const sums = [...spent.values()];
      const operations = sums.reduce((sum, { requests }) => sum + requests, 0);
      const extra = Object.fromEntries(
        [...spent].map(([path, { microseconds, requests }]) => [path, microseconds / requests]),
      );
      return { operations, seconds, extra };
    },
    close: async () => {
      clients.close();
      await app.close();
    },
  };
};

async function serve(world: World): Promise<NestFastifyApplication> {
  const imports = countingModules(world, { updateInterval: UPDATE_INTERVAL });
  @Module({ imports, controllers: [Endpoints], providers: [EmptyInterceptor] })
  class ApplicationModule {}
  return listen(ApplicationModule);
}

async function expectCounted(app: NestFastifyApplication): Promise<void> {
  const names = ['calls:fixed', 'calls:GET', 'calls:incr'];
  const counts = await app.get(CounterService).getCounts(names);
  if (counts.some((count) => count === 0)) throw new Error(`Counted: ${String(counts)}`);
}
