import { inspect } from 'node:util';
import { getQueueToken } from '@nestjs/bull';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as fastCounter from '../../lib/index.js';
import { CounterEngine } from '../../lib/module/engine/counter-engine.js';
import { CACHE_SOURCE, QUEUE_SETTINGS } from '../../lib/module/tokens.js';
import { type Application, startApplication } from '../support/application.js';
import { counterUser } from '../support/servers/documented-access.js';

const PROVIDERS: Record<string, unknown> = {
  CounterService: fastCounter.CounterService,
  MeteringService: fastCounter.MeteringService,
  ParkedCounts: fastCounter.ParkedCounts,
  CounterEvents: fastCounter.CounterEvents,
  COUNTER_CACHE: fastCounter.COUNTER_CACHE,
  COUNTER_STORE: fastCounter.COUNTER_STORE,
  PERSIST_QUEUE: fastCounter.PERSIST_QUEUE,
  FAST_COUNTER_OPTIONS: fastCounter.FAST_COUNTER_OPTIONS,
  FAST_COUNTER_CACHE_MANAGER: fastCounter.FAST_COUNTER_CACHE_MANAGER,
  'the engine': CounterEngine,
  'the source of the cache': CACHE_SOURCE,
  'the settings of the queues': QUEUE_SETTINGS,
  'a queue': getQueueToken('PersistCounter0'),
};

let application: Application;
let secrets: string[];

describe.each(['bull', 'bullmq'] as const)('with queues of %s', (driver) => {
  beforeAll(async () => {
    application = await startApplication({ queue: { driver } });
    await application.counters.incrAndGet('printed');
    secrets = [
      decodeURIComponent(new URL(application.databaseUrl).password),
      decodeURIComponent(new URL(inject('redisUrl')).password),
      counterUser.password,
    ];
    return application.close;
  });

  describe.each(Object.entries(PROVIDERS))('%s', (_name, token) => {
    test.each([2, 4, 6])('printed at depth %i shows no password', (depth) => {
      const provider: unknown = application.app.get(token as never, { strict: false });
      for (const showHidden of [false, true]) {
        const shown = inspect(provider, { depth, showHidden, maxArrayLength: 10 });
        for (const secret of secrets) {
          expect(secret.length).toBeGreaterThan(5);
          const at = shown.indexOf(secret);
          expect(at === -1 ? '' : shown.slice(Math.max(0, at - 200), at)).toBe('');
        }
      }
    });
  });
});
