import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { inCalls } from '../../lib/cli/in-calls.js';
import { openObserver } from '../../lib/cli/observer/open.js';
import { parkedDiscard } from '../../lib/cli/parked/discard.js';
import { firstEntries, TOGETHER } from '../../lib/cli/parked/parcels.js';
import { parkedShow } from '../../lib/cli/parked/show.js';
import { parkedReplay } from '../../lib/cli/parked/replay.js';
import type { Call, Verb } from '../../lib/cli/verb.js';
import { COUNTER_CACHE, type CounterCache, ParkedCounts } from '../../lib/index.js';
import { useApplication } from '../support/use-application.js';
import { asked, fastcounter, type Place } from './command.js';

const application = useApplication({ updateInterval: 600_000, queue: { count: 1 } });
const place = (): Place => {
  const { databaseUrl, namespace } = application();
  return { databaseUrl, namespace };
};

interface Shown {
  entries: { hint: string }[];
  leftOut: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastcounter-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the commands that mend', () => {
  it('check first how all is set up: the doctor', async () => {
    const { status, data, error } = await asked(place(), ['doctor']);
    const checks = data as { of: string; state: string; text: string }[];
    const wrong = checks.filter(({ state, of }) => state !== 'ok' && of !== 'pool');
    expect(wrong).toEqual([]);
    expect(error).toBe('');
    expect(status).toBeLessThan(2);
    const of = new Set(checks.map((check) => check.of));
    const all = [
      ...['redis', 'redis policy', 'append-only file', 'redis writes', 'redis clock'],
      ...['redis rights', 'queues', 'database', 'schema', 'database rights'],
      ...['database settings', 'database clock', 'pool', 'namespace', 'servers', 'workers'],
    ];
    expect([...of]).toEqual(all);
    expect(checks.find((check) => check.of === 'schema')?.text).toBe('Version 2');
  });

  it('flush what is pending, when that is meant', async () => {
    const { counters, row } = application();
    await counters.incr('flushed', 3);
    const looked = await asked(place(), ['flush']);
    expect(looked).toMatchObject({ status: 0, data: { pending: 1, flushed: false } });
    expect(await row('flushed')).toBeUndefined();
    const done = await asked(place(), ['flush', 'flushed', '--yes']);
    expect(done).toMatchObject({ status: 0, data: { flushed: true } });
    expect(await row('flushed')).toBe(3n);
  });

  it('list, show, replay and discard what is put aside', async () => {
    const { app, counters } = application();
    await counters.incrMany([
      { name: 'orders', delta: 5 },
      { name: 'revenue', delta: 700 },
    ]);
    await counters.set('stock', 40);
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const { fence = 0 } = await cache.sweep(0);
    await cache.park(0, undefined, fence + 1, 'parked');
    const [parcel] = await app.get(ParkedCounts).list();
    const id = parcel?.id ?? '';
    const begin = id.slice(0, -1);
    const [list, show, dry] = await Promise.all([
      asked(place(), ['parked']),
      asked(place(), ['parked', 'show', `p${begin.slice(0, 6).replace('/', '-')}`]),
      fastcounter(place(), ['parked', 'replay', begin, '--yes', '--dry-run']),
    ]);
    expect(list).toMatchObject({
      status: 1,
      data: [{ id, reason: 'rewind', counters: 3, incident: 1 }],
    });
    expect(list.data).toMatchObject([{ short: `p${id.slice(0, 6).replace('/', '-')}` }]);
    expect(show.status).toBe(0);
    const { entries } = show.data as { entries: { name: string }[] };
    expect(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'orders', delta: 5, total: 0, hint: 'likely not counted' },
      { name: 'revenue', delta: 700, total: 0, hint: 'likely not counted' },
      {
        name: 'stock',
        delta: 40,
        operation: 'set',
        value: 40,
        total: 0,
        hint: 'likely not counted',
      },
    ]);
    const first = await firstEntries(app.get(ParkedCounts).entries(id), 1);
    expect(first).toMatchObject({ leftOut: 2, sum: 745n });
    expect(first.entries).toHaveLength(1);
    expect(dry.out).toContain(
      `Would count 2 entries of ${id}, 705 in totals\nWould leave 1 that were set or deleted\nNothing was changed`,
    );
    expect(await counters.getCount('orders')).toBe(0);

    const only = ['--only', 'orders', '--yes', '--by', 'ann'];
    const replayed = await asked(place(), ['parked', 'replay', id, ...only]);
    expect(replayed).toMatchObject({ status: 0, data: { replayed: 1, refused: [], by: 'ann' } });
    expect(await counters.getCount('orders')).toBe(5);
    const fixed = await asked(place(), ['parked', 'replay', id, '--only', 'stock', '--yes']);
    expect(fixed).toMatchObject({ status: 1, data: { replayed: 0, toRepeat: ['stock'] } });
    expect(await counters.getCount('stock')).toBe(0);

    const file = join(folder, 'parcel.ndjson');
    await writeFile(join(folder, 'there'), '');
    const kept = await fastcounter(place(), [
      ...['parked', 'discard', id, '--export', join(folder, 'there'), '--yes'],
    ]);
    expect(kept).toMatchObject({ status: 64, out: '' });
    expect(kept.error).toContain('nothing dropped');
    const discarded = await asked(place(), ['parked', 'discard', id, '--export', file, '--yes']);
    expect(discarded).toMatchObject({ status: 0, data: { discarded: 2, file } });
    const written = (await readFile(file, 'utf8')).trimEnd().split('\n').sort();
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { id, name: 'revenue', delta: 700 },
      { id, name: 'stock', delta: 40, operation: 'set', value: 40 },
    ]);
    expect(await app.get(ParkedCounts).list()).toEqual([]);
    expect(await counters.getCount('revenue')).toBe(0);
  });

  it('hold a bounded part of a parcel, however large it is', async () => {
    const { app } = application();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const { counters } = application();
    const many = Array.from({ length: 21_000 }, (_, i) => ({ name: `many:${i}`, delta: 2 }));
    for (let from = 0; from < many.length; from += 3_000) {
      await counters.incrMany(many.slice(from, from + 3_000));
    }
    const { fence = 0 } = await cache.sweep(0);
    await cache.park(0, undefined, fence + 1, 'large');
    const [{ id } = { id: '' }] = await app.get(ParkedCounts).list();
    const { databaseUrl: url, namespace } = application();
    const at = { namespace, redis: inject('redisUrl'), database: { url }, queue: {} };
    const opened = await openObserver(at);
    const { parked } = opened.observer;
    const told: string[] = [];
    const run = (verb: Verb, options: Call['options']): Promise<{ data: unknown }> =>
      verb.run({
        ...{ connect: () => Promise.resolve(opened), operands: [id], options, isMeant: true },
        ...{ by: 'ann', progress: (text: string) => told.push(text) },
      } as unknown as Call);
    const calls = [vi.spyOn(parked, 'replay'), vi.spyOn(parked, 'discard')];
    const pages = vi.spyOn(opened.observer.ports.cache, 'openParcel');
    try {
      const shown = (await run(parkedShow, {})) as { data: Shown };
      const hinted = shown.data.entries.filter(({ hint }) => hint === 'likely not counted');
      expect([shown.data.entries.length, shown.data.leftOut]).toEqual([21_000, 0]);
      // of so many the rows are looked at
      expect(hinted).toHaveLength(200);
      const only = ['many:7', 'many:20500'];
      expect(await run(parkedReplay, { only })).toMatchObject({ data: { replayed: 2 } });
      const file = join(folder, 'large.ndjson');
      expect(await run(parkedDiscard, { export: file })).toMatchObject({
        data: { discarded: 20_998, changed: 0 },
      });
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      expect(new Set(lines).size).toBe(20_998);
    } finally {
      await opened.close();
    }
    const sizes = calls.flatMap(({ mock }) =>
      mock.calls.map(([, some]) => [...(some ?? [])].length),
    );
    expect(sizes).toEqual([2, 10_000, 10_000, 998]);
    expect(told).toEqual(['10000 looked at, 10000 dropped', '20000 looked at, 20000 dropped']);
    // to look, to write and to drop: each is one read of the parcel, more or less
    expect(pages.mock.calls.length).toBeLessThan((8 * 21_000) / 500);
    expect(await counters.getCount('many:7')).toBe(2);
    expect(await app.get(ParkedCounts).list()).toEqual([]);
  });

  it('show a bounded part of a parcel, and say how much they leave out', async () => {
    const { app, counters } = application();
    await counters.incr('shown');
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const { fence = 0 } = await cache.sweep(0);
    await cache.park(0, undefined, fence + 1, 'shown');
    const [{ id } = { id: '' }] = await app.get(ParkedCounts).list();
    const { databaseUrl: url, namespace } = application();
    const at = { namespace, redis: inject('redisUrl'), database: { url }, queue: {} };
    const opened = await openObserver(at);
    vi.spyOn(opened.observer.parked, 'entries').mockImplementation(async function* () {
      await Promise.resolve();
      for (let i = 0; i < 100_003; i++) yield { name: `shown:${i % 3}`, delta: 1n };
    });
    try {
      const call = { connect: () => Promise.resolve(opened), operands: [id], options: {} };
      const { data, text } = await parkedShow.run(call as unknown as Call);
      const { entries, leftOut } = data as Shown;
      expect([entries.length, leftOut]).toEqual([100_000, 3]);
      expect(text.at(-1)).toBe('100003 entries, 100003 in totals; 3 of them are left out here');
    } finally {
      await opened.close();
    }
    await app.get(ParkedCounts).discard(id);
  });

  it('read no more of a parcel than they need for one call', async () => {
    let read = 0;
    async function* entries() {
      for (; read < 25_000; read++) yield await Promise.resolve({ name: `e:${read}`, delta: 1n });
    }
    const readBefore: number[] = [];
    await inCalls(entries(), TOGETHER, () => Promise.resolve(void readBefore.push(read)));
    expect(readBefore).toEqual([9_999, 19_999, 25_000]);
  });

  it('drop and count what they have shown, and nothing that came meanwhile', async () => {
    const { app, counters } = application();
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const refuse = async (delta: number): Promise<void> => {
      await counters.incr('grows', delta);
      await cache.hasten(0);
      const claimed = await cache.claim(0, { limit: 500, nonce: `n${delta}`, holder: 'test' });
      if (claimed.status !== 'batch') throw new Error('Nothing was claimed');
      const { nonce } = claimed.batch;
      const refused = [{ names: ['grows'], error: 'no' }];
      await cache.acknowledge(0, { nonce, values: new Map(), leftOut: [], refused });
    };
    await refuse(3);
    const [{ id } = { id: '' }] = await app.get(ParkedCounts).list();
    const { databaseUrl: url, namespace } = application();
    const at = { namespace, redis: inject('redisUrl'), database: { url }, queue: {} };
    const opened = await openObserver(at);
    const { parked } = opened.observer;
    const meanwhile = async (verb: Verb, options: Call['options'], delta: number) => {
      const method = verb === parkedReplay ? 'replay' : 'discard';
      vi.spyOn(parked, method).mockImplementationOnce(async (...given) => {
        await refuse(delta);
        return (parked[method] as (...args: unknown[]) => Promise<never>)(...given);
      });
      const call = { connect: () => Promise.resolve(opened), operands: [id], options };
      return verb.run({ ...call, isMeant: true, by: 'ann' } as unknown as Call);
    };
    try {
      const file = join(folder, 'grows.ndjson');
      const discarded = await meanwhile(parkedDiscard, { export: file }, 5);
      expect(discarded).toMatchObject({ exit: 1, data: { discarded: 0, changed: 1 } });
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ name: 'grows', delta: 3 });
      const replayed = await meanwhile(parkedReplay, {}, 7);
      expect(replayed).toMatchObject({ exit: 1, data: { replayed: 0, refused: [], changed: 1 } });
      expect(replayed.text.join('\n')).toContain('1 of them changed');
    } finally {
      await opened.close();
    }
    for await (const { delta } of app.get(ParkedCounts).entries(id)) expect(delta).toBe(15n);
    expect(await app.get(ParkedCounts).discard(id)).toBe(1);
  });

  it.each(['replay', 'discard'] as const)(
    'tell what somebody else has discarded between two calls of a %s as changed',
    async (method) => {
      const { app, counters, databaseUrl, namespace } = application();
      await counters.flush();
      const cache = app.get<CounterCache>(COUNTER_CACHE);
      const many = Array.from({ length: 12_000 }, (_, i) => ({ name: `${method}:${i}` }));
      for (let from = 0; from < many.length; from += 3_000) {
        await counters.incrMany(many.slice(from, from + 3_000));
      }
      const { fence = 0 } = await cache.sweep(0);
      await cache.park(0, undefined, fence + 1, method);
      const others = app.get(ParkedCounts);
      const [{ id } = { id: '' }] = await others.list();
      const database = { url: databaseUrl };
      const at = { namespace, redis: inject('redisUrl'), database, queue: {} };
      const opened = await openObserver(at);
      const { parked } = opened.observer;
      const ours = parked[method].bind(parked) as (...given: unknown[]) => Promise<never>;
      vi.spyOn(parked, method).mockImplementationOnce(async (...given) => {
        const done = await ours(...given);
        expect(await others.discard(id)).toBe(2_000);
        return done;
      });
      const verb = method === 'replay' ? parkedReplay : parkedDiscard;
      const options = method === 'replay' ? {} : { export: join(folder, 'rest.ndjson') };
      const call = { connect: () => Promise.resolve(opened), operands: [id], options };
      try {
        const done = await verb.run({
          ...{ ...call, isMeant: true, by: 'ann', progress: () => undefined },
        } as unknown as Call);
        const did = method === 'replay' ? { replayed: 10_000, refused: [] } : { discarded: 10_000 };
        expect(done).toMatchObject({ exit: 1, data: { ...did, changed: 2_000 } });
        const [first, second] = done.text;
        expect(first).toContain(`10000 of 12000 entries of ${id}, 12000 in totals`);
        expect(second).toMatch(/^2000 of them changed since .* somebody else/);
      } finally {
        await opened.close();
      }
      expect(await others.list()).toEqual([]);
    },
  );

  it('import totals, and reconcile with what the database says', async () => {
    const { counters, row } = application();
    await counters.incr('stock:1', 4);
    const lines = 'name,value\nstock:1,10\n{"name":"stock:2","value":20}\n"a ""b"", c",-3\n';
    const file = join(folder, 'totals.csv');
    await writeFile(file, lines);
    await writeFile(join(folder, 'wrong.csv'), 'stock:1,10\nstock:2,many\n');
    const [dry, wrong] = await Promise.all([
      asked(place(), ['import', file]),
      fastcounter(place(), ['import', join(folder, 'wrong.csv')]),
    ]);
    expect(dry).toMatchObject({ status: 0, data: { read: 3, set: 3 } });
    expect(await counters.getCount('stock:1')).toBe(4);
    expect(wrong).toMatchObject({ status: 64 });
    expect(wrong.error).toContain('Line 2 of');
    const done = await fastcounter(place(), ['import', '-', '--yes', '--json'], lines);
    expect(done.status).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({ read: 3, set: 3, unchanged: 0, kept: 0 });
    expect(done.error).toContain('read');
    expect(await row('stock:1')).toBe(10n);
    expect(await row('a "b", c')).toBe(-3n);

    const query = `SELECT 'stock:' || i AS name, i * 10 + i / 2 AS value FROM generate_series(1, 2) AS i`;
    const compare = ['reconcile', '--prefix', 'stock:', '--query', query];
    const found = await asked(place(), compare);
    const drifts = [{ name: 'stock:2', counted: 20, truth: 21 }];
    expect(found).toMatchObject({
      status: 1,
      data: { checked: 2, drifted: 1, drifts, corrected: 0 },
    });
    const corrected = await asked(place(), [...compare, '--yes']);
    expect(corrected).toMatchObject({ status: 0, data: { drifted: 1, corrected: 1 } });
    expect(await counters.getCounts(['stock:1', 'stock:2'])).toEqual([10, 21]);
  });
});
