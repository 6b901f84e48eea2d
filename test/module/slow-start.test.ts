import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type MockInstance, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  CounterService,
  FastCounterModule,
} from '../../lib/index.js';
import { database, freshNamespace, redis, start } from './start.js';

test('a start that takes long closes its connection, counts over another, and persists when it is over', async () => {
  let resting: MockInstance | undefined;
  let rests = 0;
  let listed: unknown;
  const slow = {
    provide: 'SLOW',
    inject: [CounterService, COUNTER_CACHE],
    useFactory: (counters: CounterService, cache: CounterCache) => ({
      async onModuleInit() {
        const seen = vi.spyOn(cache, 'rest');
        resting = seen;
        for (let call = 0; call < 3; call++) {
          await counters.incr('seen', 1, { updateInterval: 0 });
          const before = seen.mock.calls.length;
          await expect.poll(() => seen.mock.calls.length).toBeGreaterThan(before);
          // while it is under way nothing is closed
          const counted = counters.incr('seen', 1, { updateInterval: 0 });
          cache.rest?.();
          await counted;
        }
        rests = seen.mock.calls.length;
        listed = await counters.list();
      },
    }),
  };
  const imports = [
    await database(),
    FastCounterModule.forRoot({ redis: redis(), namespace: freshNamespace() }),
  ];
  const app = await start({ imports, providers: [slow] });
  expect(rests).toBeGreaterThanOrEqual(6);
  expect(listed).toEqual([]);
  const counters = app.get(CounterService);
  expect(await counters.getCount('seen')).toBe(6);
  await expect.poll(() => counters.list()).toMatchObject([{ name: 'seen', value: 6 }]);
  const { outages, problems } = await counters.status();
  expect({ outages, problems }).toEqual({ outages: [], problems: [] });
  const after = resting?.mock.calls.length;
  // longer than between two rests
  await sleep(1500);
  expect(resting?.mock.calls.length).toBe(after);
});
