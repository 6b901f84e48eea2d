import { createCache } from 'cache-manager';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  type CounterCache,
  type CounterEventMap,
  type CounterStore,
  ParkedCounts,
} from '../../lib/index.js';
import type { CacheSource } from '../../lib/cache/cache-source.js';
import { type Pairing, pairingOf } from '../../lib/persisting/neighbours/pairing.js';
import { RedisPresence } from '../../lib/persisting/neighbours/redis-presence.js';
import {
  type Application,
  type ApplicationOptions,
  startApplication,
} from '../support/application.js';

const HOUR = 3_600_000;

/** An application, and what it said of others; closed when the test ends, or before. */
async function start(options: ApplicationOptions) {
  const application = await startApplication({ updateInterval: HOUR, ...options });
  const overlaps: unknown[] = [];
  // the first look takes a question to the database: it has no answer yet
  application.events.on('embeddedOverlap', (event) => overlaps.push(event));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= application.close());
  onTestFinished(close);
  return { ...application, overlaps, close };
}

const sameAs = ({ databaseUrl, namespace }: Application): ApplicationOptions => ({
  databaseUrl,
  namespace,
});

/** The ledgers of others that an embedded application sees now. */
async function others({ app }: Application): Promise<string[]> {
  const { ownLedger } = app.get<CounterStore>(COUNTER_STORE);
  return [...((await ownLedger?.touch()) ?? [])].map(([ledger]) => ledger);
}

/** Whether the database knows that the namespace is counted with Redis. */
async function noted({ dataSource }: Application): Promise<boolean> {
  const rows = await dataSource.query<unknown[]>(
    'SELECT 1 FROM fast_counter_ledger WHERE partition = -1',
  );
  return rows.length > 0;
}

async function ledgers({ dataSource }: Application): Promise<string[]> {
  const rows = await dataSource.query<{ namespace: string }[]>(
    'SELECT DISTINCT namespace FROM fast_counter_ledger ORDER BY namespace',
  );
  return rows.map(({ namespace }) => namespace);
}

/** Starts an embedded process as if both had started at once; the one with Redis shows itself again and again. */
async function comesToRun(redis: Application): ReturnType<typeof start> {
  for (;;) {
    await redis.asOwner(`UPDATE fast_counter_ledger SET updated_at = now() - interval '1 day'`);
    try {
      return await start({ mode: 'embedded', ...sameAs(redis) });
    } catch (error) {
      if (!String(error).includes('others count with Redis')) throw error;
    }
  }
}

describe('two embedded processes of one namespace on one database', () => {
  test('are told of each other, and count nothing twice', async () => {
    const first = await start({ mode: 'embedded' });
    await first.counters.incr('both', 3);
    await first.counters.flush();
    expect(first.overlaps).toEqual([]);
    const second = await start({ mode: 'embedded', ...sameAs(first) });
    await expect.poll(() => second.overlaps).toEqual([{ others: 1, certain: false }]);
    await second.counters.incr('both', 4);
    await first.counters.incr('both', 5);
    // what the other has pending is in no total
    expect(await second.counters.getCount('both')).toBe(3 + 4);
    await Promise.all([first.counters.flush(), second.counters.flush()]);
    expect(await first.row('both')).toBe(3n + 4n + 5n);
    expect(await others(first)).toHaveLength(1);
    expect(await others(second)).toHaveLength(1);
  });

  test('are not two in other namespaces, nor where modules of one process share a cache', async () => {
    const cache = createCache();
    const first = await start({ mode: 'embedded', cache, namespace: 'near' });
    const twin = await start({ mode: 'embedded', cache, ...sameAs(first) });
    const { databaseUrl } = first;
    for (const namespace of ['near2', 'near.2', 'nea', 'nearA', 'other']) {
      const second = await start({ mode: 'embedded', databaseUrl, namespace });
      await second.counters.incr('apart');
      expect(await others(second)).toEqual([]);
    }
    expect(await others(first)).toEqual([]);
    // what they share stays when one of them ends
    await twin.counters.incr('shared', 1, { idempotencyKey: 'key' });
    await twin.close();
    await first.counters.incr('shared', 1, { idempotencyKey: 'key' });
    await first.counters.incr('shared', 2);
    await first.counters.flush();
    expect(await first.row('shared')).toBe(3n);
    await first.close();
    const third = await start({ mode: 'embedded', cache, ...sameAs(first) });
    await third.counters.incr('shared', 1, { idempotencyKey: 'key' });
    await third.counters.incr('shared', 4);
    await third.counters.flush();
    expect(await third.row('shared')).toBe(7n);
    expect(third.overlaps).toEqual([]);
  });
});

describe('an embedded process', () => {
  test('is refused beside processes that count in its namespace with Redis, until they end', async () => {
    const redis = await start({ mode: 'redis', workers: false });
    await expect.poll(() => noted(redis)).toBe(true);
    const embedded = start({ mode: 'embedded', ...sameAs(redis) });
    await expect(embedded).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await expect(embedded).rejects.toThrow(
      /others count with Redis in namespace.*Give this process/,
    );
    // in another namespace it may
    const { databaseUrl, namespace } = redis;
    await start({ mode: 'embedded', databaseUrl, namespace: `${namespace}.2` });
    await redis.close();
    const alone = await start({ mode: 'embedded', databaseUrl, namespace });
    await alone.counters.incr('alone', 2);
    await alone.counters.flush();
    expect(await alone.row('alone')).toBe(2n);
  });

  test('keeps processes with Redis from starting beside it, until it ends', async () => {
    const embedded = await start({ mode: 'embedded' });
    await embedded.counters.incr('alone', 2);
    const redis = start({ mode: 'redis', ...sameAs(embedded) });
    await expect(redis).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await expect(redis).rejects.toThrow(/an embedded one counts in namespace.*Stop the embedded/);
    await embedded.counters.flush();
    await embedded.close();
    const later = await start({ mode: 'redis', ...sameAs(embedded) });
    expect(await later.counters.getCount('alone')).toBe(2);
  });

  test('that comes to run beside processes with Redis is told of them, and they of it', async () => {
    const redis = await start({ mode: 'redis' });
    const store = redis.app.get<CounterStore>(COUNTER_STORE);
    await expect.poll(() => noted(redis)).toBe(true);
    expect(store.ownLedger).toBeUndefined();
    const embedded = await comesToRun(redis);
    await embedded.counters.incr('both');
    await expect.poll(() => store.embedded()).toHaveLength(1);
    const messages: string[] = [];
    redis.events.on('misconfigured', ({ message }) => messages.push(message));
    const { namespace, events } = redis;
    const pairing = pairingOf({ kind: 'redis' } as CacheSource, namespace, {
      ...{ cache: redis.app.get<CounterCache>(COUNTER_CACHE), store, events },
    });
    const look = async (): Promise<void> => {
      const presence = new RedisPresence(pairing as Pairing, store, namespace, events);
      presence.start();
      await presence.stop();
    };
    await look();
    expect(messages).toEqual([expect.stringContaining('Stop the embedded process')]);
    expect(events.misconfigurations.list()).toHaveLength(1);
    await expect.poll(() => others(embedded)).toEqual([namespace]);
    await embedded.close();
    await look();
    expect(events.misconfigurations.list()).toEqual([]);
  });

  test('that is shut down in order leaves no ledger, and the next one is told of nobody', async () => {
    const watching = await start({ mode: 'redis' });
    const { databaseUrl } = watching;
    for (let round = 1; round <= 10; round++) {
      const embedded = await start({ mode: 'embedded', databaseUrl, namespace: 'again' });
      const names = Array.from({ length: 20 }, (_, index) => ({ name: `name ${index}` }));
      await embedded.counters.incrMany(names);
      await embedded.counters.flush();
      expect(await embedded.row('name 7')).toBe(BigInt(round));
      expect(await others(embedded)).toEqual([]);
      await embedded.close();
      expect(embedded.overlaps).toEqual([]);
    }
    const { namespace } = watching;
    expect(await ledgers(watching)).toEqual([namespace]);
  });

  test('removes what others left seven days ago, and nothing younger, nor of other namespaces', async () => {
    const watching = await start({ mode: 'redis' });
    const left = ['kept@old', 'kept@young', 'keptA@old', 'kept.2@old', 'kept'];
    for (const ledger of left) {
      const age = ledger.endsWith('young') ? '6 days 23 hours' : '7 days 1 hour';
      await watching.asOwner(
        `INSERT INTO fast_counter_ledger VALUES
           ('${ledger}', 7, 3, 'nonce', '[]', now() - interval '${age}')`,
      );
    }
    const { databaseUrl } = watching;
    const embedded = await start({ mode: 'embedded', databaseUrl, namespace: 'kept' });
    await expect
      .poll(async () => (await ledgers(watching)).filter((name) => left.includes(name)))
      .toEqual(['kept', 'kept.2@old', 'kept@young', 'keptA@old']);
    expect(embedded.overlaps).toEqual([]);
  });

  test('whose ledger was removed, as it stood still for too long, parks what may be counted', async () => {
    const { counters, app, row, asOwner, events } = await start({ mode: 'embedded' });
    const told: CounterEventMap['parked'][0][] = [];
    events.on('parked', (found) => told.push(found));
    await counters.incr('frozen', 2);
    await counters.flush();
    await asOwner('DELETE FROM fast_counter_ledger');
    await counters.incr('frozen', 3);
    await counters.flush();
    expect(await row('frozen')).toBe(2n);
    expect(told).toEqual([expect.objectContaining({ ledgerRemoved: true })]);
    const parked = app.get(ParkedCounts);
    const [parcel] = await parked.list();
    expect(parcel).toMatchObject({ reason: 'rewind', counters: 1 });
    // and it counts on
    await counters.incr('frozen', 4);
    await counters.flush();
    expect(await row('frozen')).toBe(6n);
    await parked.replay(parcel?.id ?? '');
    await counters.flush();
    expect(await row('frozen')).toBe(9n);
  });
});
