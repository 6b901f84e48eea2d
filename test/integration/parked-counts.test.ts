import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  CounterEvents,
  InvalidArgumentError,
  MeteringService,
  type ParkedCount,
  ParkedCounts,
} from '../../lib/index.js';
import { type Application, MODES } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;
const PARTITIONS = [0, 1, 2, 3, 4];

/** Redis finds out that it went back: what is pending is put aside. */
async function park({ app }: Application): Promise<void> {
  const cache = app.get<CounterCache>(COUNTER_CACHE);
  for (const partition of PARTITIONS) {
    const { fence = 0 } = await cache.sweep(partition);
    await cache.park(partition, undefined, fence + 1, 'parked');
  }
}

async function contents(parked: ParkedCounts): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  for (const { id } of await parked.list()) {
    for await (const { name, delta } of parked.entries(id)) found.set(name, delta);
  }
  return found;
}

describe.each(MODES)('parked counts, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });
  // what one test leaves pending, the next would park
  afterEach(() => started().counters.flush());

  test('are listed, and replayed into the database, once', async () => {
    const application = started();
    const { app, counters, row } = application;
    const parked = app.get(ParkedCounts);
    const events: unknown[] = [];
    app.get(CounterEvents).on('replayed', (event) => events.push(event));
    expect(await parked.list()).toEqual([]);
    await counters.incrMany([
      { name: 'a', delta: 5 },
      { name: 'b', delta: -7 },
    ]);
    await park(application);
    expect(await counters.getCounts(['a', 'b'])).toEqual([0, 0]);
    expect(await contents(parked)).toEqual(
      new Map([
        ['a', 5n],
        ['b', -7n],
      ]),
    );
    await counters.incr('a');
    const parcels = await parked.list();
    for (const { id, reason, partition, counters: size, parkedAt } of parcels) {
      expect({ reason, partition }).toEqual({ reason: 'rewind', partition: Number(id[0]) });
      expect(parkedAt).toBeInstanceOf(Date);
      expect(await parked.replay(id)).toEqual({
        replayed: size,
        refused: [],
        changed: [],
        toRepeat: [],
      });
      await expect(parked.replay(id)).rejects.toThrow(InvalidArgumentError);
    }
    expect(events).toHaveLength(parcels.length);
    expect(await counters.getCounts(['a', 'b'])).toEqual([6, -7]);
    await counters.flush();
    expect([await row('a'), await row('b')]).toEqual([6n, -7n]);
    expect(await parked.list()).toEqual([]);
  });

  test('are persisted at once after a replay, without a flush', async () => {
    const application = started();
    const parked = application.app.get(ParkedCounts);
    await application.counters.incr('soon', 3);
    await park(application);
    const [parcel] = await parked.list();
    await parked.replay(parcel?.id ?? '');
    await expect.poll(() => application.row('soon')).toBe(3n);
  });

  test('can be replayed or discarded by name', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    const discarded: unknown[] = [];
    app.get(CounterEvents).on('discarded', (event) => discarded.push(event));
    // of one partition: they share a parcel
    const names = ['c', 'h', 'm', 'r', 'w'].map((letter) => `one:${letter}`);
    await counters.incrMany(names.map((name) => ({ name, delta: 2 })));
    await park(application);
    const before = await contents(parked);
    expect([...before.keys()].toSorted()).toEqual(names);
    for (const { id } of await parked.list()) {
      await parked.replay(id, names.slice(0, 1));
      if ((await parked.list()).some((parcel) => parcel.id === id)) await parked.discard(id);
    }
    expect(await counters.getCounts(names)).toEqual([2, 0, 0, 0, 0]);
    expect(discarded.length).toBeGreaterThan(0);
    expect(await parked.list()).toEqual([]);
  });

  test('tell windows from totals, and come back together', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    await counters.incr('windowed', 4, { windows: ['day'] });
    await park(application);
    const [parcel] = await parked.list();
    const id = parcel?.id ?? '';
    const entries = [];
    for await (const entry of parked.entries(id)) entries.push(entry);
    const start = new Date(new Date().setUTCHours(0, 0, 0, 0));
    expect(entries).toHaveLength(2);
    expect(entries).toEqual(
      expect.arrayContaining([
        { name: 'windowed', delta: 4n },
        { name: 'windowed', delta: 4n, window: 'day', start },
      ]),
    );
    expect(await parked.replay(id, ['windowed'])).toEqual({
      replayed: 2,
      refused: [],
      changed: [],
      toRepeat: [],
    });
    const series = await app
      .get(MeteringService)
      .series('windowed', { window: 'day', from: start });
    expect(series.map(({ value }) => value)).toEqual([4]);
  });

  test('of set(), reset() and delete() say so, and no replay counts them: they are no increments', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    await counters.incr('old', 7, { windows: ['day'] });
    await counters.incr('spent', 5);
    await counters.flush();
    await counters.set('fixed', 20);
    await counters.incr('fixed', 3);
    await counters.reset('spent');
    await counters.delete('old');
    await counters.incr('plain', 3);
    await park(application);
    const entries = [];
    for (const { id } of await parked.list()) {
      for await (const entry of parked.entries(id)) entries.push(entry);
    }
    const start = new Date(new Date().setUTCHours(0, 0, 0, 0));
    const stay = [
      { name: 'fixed', delta: 23n, operation: 'set', value: 23n },
      { name: 'old', delta: -7n, operation: 'delete', value: 0n },
      { name: 'old', delta: -7n, window: 'day', start, operation: 'delete', value: 0n },
      { name: 'spent', delta: -5n, operation: 'set', value: 0n },
    ];
    expect(entries).toHaveLength(5);
    expect(entries).toEqual(expect.arrayContaining([{ name: 'plain', delta: 3n }, ...stay]));
    const results = [];
    for (const { id } of await parked.list()) results.push(await parked.replay(id));
    expect(results.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(1);
    const toRepeat = results.flatMap((result) => result.toRepeat);
    expect(toRepeat.sort()).toEqual(['fixed', 'old', 'old', 'spent']);
    const names = ['plain', 'fixed', 'old', 'spent'];
    expect(await counters.getCounts(names)).toEqual([3, 0, 7, 5]);
    for (const { id } of await parked.list()) await parked.discard(id);
    expect(await parked.list()).toEqual([]);
  });

  test('that somebody has looked at are dropped and counted as they were seen, and else stay', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const names = ['one:c', 'one:h', 'one:m'];
    const before = await counters.getCounts(names);
    await counters.incrMany(names.map((name) => ({ name, delta: 2 })));
    const refuseAll = async (): Promise<void> => {
      for (const partition of PARTITIONS) {
        await cache.hasten(partition);
        const claim = { limit: 500, nonce: `refused-${partition}`, holder: 'test' };
        const claimed = await cache.claim(partition, claim);
        if (claimed.status !== 'batch') continue;
        const { nonce, entries } = claimed.batch;
        const refused = [{ names: entries.map(({ name }) => name), error: 'no' }];
        await cache.acknowledge(partition, { nonce, values: new Map(), leftOut: [], refused });
      }
    };
    await refuseAll();
    const [{ id } = { id: '' }] = await parked.list();
    const seen: ParkedCount[] = [];
    for await (const entry of parked.entries(id)) seen.push(entry);
    expect(seen).toHaveLength(3);
    const [first, second] = seen as [ParkedCount, ParkedCount, ParkedCount];
    await counters.incr(first.name, 5);
    await refuseAll();
    const changes: unknown[] = [];
    const note = (change: unknown): void => void changes.push(change);
    app.get(CounterEvents).on('changed', note);

    const more = { name: 'never', delta: 1n };
    const changed = [first.name];
    const replayed = await parked.replay(id, [first, second, more]);
    expect(replayed).toEqual({ replayed: 1, refused: [], changed, toRepeat: [] });
    expect(await parked.replay(id, [first])).toEqual({
      replayed: 0,
      refused: [],
      changed,
      toRepeat: [],
    });
    expect(await parked.discard(id, seen)).toBe(1);
    expect(await contents(parked)).toEqual(new Map([[first.name, 7n]]));
    expect(changes).toMatchObject([
      { operation: 'replay', name: second.name, delta: 2n },
      { operation: 'discard', delta: 2n },
    ]);
    const wrong = [{ name: 'one:c', delta: 7 }] as unknown as ParkedCount[];
    await expect(parked.discard(id, wrong)).rejects.toThrow(InvalidArgumentError);
    await counters.flush();
    // by name, nobody has looked: what grows between the page and the call is dropped with what it is then
    const page = vi.spyOn(cache, 'openParcel').mockImplementationOnce(async (...given) => {
      const read = await cache.openParcel(...given);
      await counters.incr(first.name, 30);
      await refuseAll();
      return read;
    });
    expect(await parked.discard(id, [first.name])).toBe(1);
    page.mockRestore();
    expect(changes.at(-1)).toMatchObject({ operation: 'discard', delta: 37n });
    expect(await parked.list()).toEqual([]);
    const after = names.map((name, place) => (before[place] ?? 0) + (name === second.name ? 2 : 0));
    expect(await counters.getCounts(names)).toEqual(after);
    app.get(CounterEvents).off('changed', note);
  });

  test('leave their idempotency keys known: the increment counts by a replay alone', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    const once = { idempotencyKey: 'order-1' };
    await counters.incr('keyed', 5, once);
    await park(application);
    await counters.incr('keyed', 5, once);
    expect(await counters.getCount('keyed')).toBe(0);
    const [parcel] = await parked.list();
    await parked.replay(parcel?.id ?? '');
    await counters.incr('keyed', 5, once);
    expect(await counters.getCount('keyed')).toBe(5);
  });

  test('stay while they would leave the 64-bit range', async () => {
    const application = started();
    const { app, counters } = application;
    const parked = app.get(ParkedCounts);
    await counters.incr('full', 10);
    await park(application);
    await counters.set('full', INT64_MAX);
    await counters.flush(['full']);
    const [parcel] = await parked.list();
    const id = parcel?.id ?? '';
    expect(await parked.replay(id)).toEqual({
      replayed: 0,
      refused: ['full'],
      changed: [],
      toRepeat: [],
    });
    await counters.reset('full', { bigint: true });
    expect(await parked.replay(id)).toEqual({
      replayed: 1,
      refused: [],
      changed: [],
      toRepeat: [],
    });
    expect(await counters.getCount('full')).toBe(10);
  });

  test.each(['', 'x', '0/unknown', '9/unknown', '-1/a', 'overflowed'])(
    'have no parcel %j',
    async (id) => {
      const parked = started().app.get(ParkedCounts);
      await expect(parked.replay(id)).rejects.toThrow(`There is no parcel "${id}"`);
      await expect(parked.discard(id)).rejects.toThrow(InvalidArgumentError);
      await expect(parked.entries(id).next()).rejects.toThrow(InvalidArgumentError);
    },
  );
});
