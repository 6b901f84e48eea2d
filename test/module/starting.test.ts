import { Test } from '@nestjs/testing';
import { expect, test, vi } from 'vitest';
import {
  CounterService,
  FastCounterModule,
  OutcomeUnknownError,
  PERSIST_QUEUE,
  type PersistQueue,
} from '../../lib/index.js';
import { Lifecycle } from '../../lib/module/lifecycle.js';
import { database, freshNamespace, moduleOf, redis, start } from './start.js';

const nowhere = 'redis://127.0.0.1:1';

/** Another module's provider, with this hook. */
const hooked = (hook: string, run: (counters: CounterService) => Promise<unknown>) => ({
  provide: 'HOOKED',
  inject: [CounterService],
  useFactory: (counters: CounterService) => ({ [hook]: () => run(counters) }),
});

test.each([
  ['with Redis', () => ({ redis: redis() })],
  ['embedded', () => ({})],
])('onApplicationBootstrap of another module may flush, %s', async (_mode, options) => {
  let listed: unknown;
  const module = FastCounterModule.forRoot({
    ...options(),
    namespace: freshNamespace(),
    flushTimeout: 5000,
  });
  const flushing = hooked('onApplicationBootstrap', async (counters) => {
    await counters.incr('started');
    await counters.flush();
    listed = await counters.list();
  });
  // a module behind the root module, as those of features are
  const feature = moduleOf({ imports: [module], providers: [flushing] });
  await start({ imports: [await database(), module, feature] });
  expect(listed).toMatchObject([{ name: 'started', value: 1 }]);
});

test('an increment that a start awaits ends by acknowledgeTimeout, though Redis is away', async () => {
  let outcome: unknown;
  const options = { redis: nowhere, namespace: freshNamespace(), acknowledgeTimeout: 1000 };
  await start({
    imports: [await database(), FastCounterModule.forRoot(options)],
    providers: [
      hooked('onModuleInit', async (counters) => {
        outcome = await counters.incr('early').catch((error: unknown) => error);
      }),
    ],
  });
  expect(outcome).toBeInstanceOf(OutcomeUnknownError);
});

test('an application that was closed while it started begins nothing any more', async () => {
  const module = FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() });
  const app = await Test.createTestingModule({ imports: [await database(), module] }).compile();
  const work = vi.spyOn(app.get<PersistQueue>(PERSIST_QUEUE), 'work');
  await app.close();
  // as Nest does, which goes on with the hooks of the start
  app.get(Lifecycle, { strict: false }).begin();
  expect(work).not.toHaveBeenCalled();
});
