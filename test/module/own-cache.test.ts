import KeyvRedis, { createClient } from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CounterService, FAST_COUNTER_CACHE_MANAGER, FastCounterModule } from '../../lib/index.js';
import { database, freshNamespace, redisAdmin, start } from './start.js';

/** A user's cache: memory first, Redis behind it. */
function twoTiers() {
  const client = createClient({ url: redisAdmin() });
  client.on('error', () => undefined);
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  const adapter = new KeyvRedis(client);
  const cache = createCache({ stores: [new Keyv(), new Keyv({ store: adapter })] });
  return { client, cache };
}

async function startWith(cache: ReturnType<typeof twoTiers>['cache']) {
  const namespace = freshNamespace();
  const counting = FastCounterModule.forRoot({ cache, namespace });
  const app = await start({ imports: [await database(), counting] });
  return { app, namespace, counters: app.get(CounterService) };
}

describe("a user's own cache", () => {
  test('is used where its Redis store is not the first', async () => {
    const { cache } = twoTiers();
    const { app, counters, namespace } = await startWith(cache);
    expect(app.get(FAST_COUNTER_CACHE_MANAGER)).toBe(cache);
    await counters.incr('borrowed', 2);
    const client = createClient({ url: redisAdmin() });
    await client.connect();
    onTestFinished(() => client.destroy());
    expect(await client.keys(`fastcounter:{${namespace}:*`)).not.toEqual([]);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: 'borrowed', value: 2 }]);
  });

  test('lends its settings and not its connection, which is never opened nor closed', async () => {
    const { cache, client } = twoTiers();
    const touched = (
      ['connect', 'close', 'quit', 'disconnect', 'destroy', 'sendCommand'] as const
    ).map((method) => vi.spyOn(client, method));
    const { app, counters } = await startWith(cache);
    await counters.incr('lent');
    await counters.flush();
    await app.close();
    for (const spy of touched) expect(spy).not.toHaveBeenCalled();
    expect(client.isOpen).toBe(false);
  });

  test('works on after the application closed', async () => {
    const { cache, client } = twoTiers();
    await cache.set('own', 'value');
    const { app, counters } = await startWith(cache);
    await counters.incr('closing');
    await app.close();
    expect(client.isReady).toBe(true);
    expect(await cache.stores[1]?.get('own')).toBe('value');
  });

  test('that is disconnected does not stop the counting', async () => {
    const { cache } = twoTiers();
    await cache.set('own', 'value');
    const { counters } = await startWith(cache);
    await counters.incr('disconnected');
    await cache.disconnect();
    await counters.incr('disconnected');
    await counters.flush();
    expect(await counters.getCount('disconnected')).toBe(2);
    expect(await counters.list()).toMatchObject([{ name: 'disconnected', value: 2 }]);
  });

  test('that is cleared loses no count, pending or persisted', async () => {
    const { cache } = twoTiers();
    await cache.set('own', 'value');
    const { counters } = await startWith(cache);
    await counters.incr('persisted', 3);
    await counters.flush();
    await counters.incrMany([{ name: 'persisted', delta: 4 }, { name: 'pending' }]);
    await counters.incr('keyed', 1, { idempotencyKey: 'order-1' });
    await cache.clear();
    expect(await cache.get('own')).toBeUndefined();
    expect(await counters.getCounts(['persisted', 'pending'])).toEqual([7, 1]);
    await counters.incr('keyed', 1, { idempotencyKey: 'order-1' });
    await counters.flush();
    expect(await counters.list()).toMatchObject([
      { name: 'keyed', value: 1 },
      { name: 'pending', value: 1 },
      { name: 'persisted', value: 7 },
    ]);
  });

  test('in memory only counts embedded, together with others on the same store', async () => {
    const cache = createCache();
    const { app, counters } = await startWith(cache);
    await counters.incr('embedded', 2);
    await cache.clear();
    expect(await counters.getCount('embedded')).toBe(2);
    await app.close();
  });
});
