import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COUNTER_CACHE, type CounterCache } from '../../lib/index.js';
import { shortIds } from '../../lib/operating/short-ids.js';
import { type Host, startHost } from './host.js';

const HOUR = 3_600_000;
const HEADERS = {
  'Content-Type': 'application/json',
  'X-FastCounter-Dashboard': '1',
  'Sec-Fetch-Site': 'same-origin',
};

/** Of a parcel that is alone. */
const shortOf = (id: string): string | undefined => shortIds([id]).get(id);

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

describe('parked counts, by the API of the dashboard', () => {
  let host: Host;
  const changes: unknown[] = [];

  beforeAll(async () => {
    host = await startHost({
      counting: { updateInterval: HOUR, queue: { count: 1 } },
      dashboards: [{ guard: 'none', readOnly: false, access: () => 'operate', by: () => 'ann' }],
    });
    host.events.on('changed', (event) => changes.push(event));
  });
  afterAll(() => (host as Host | undefined)?.app.close());

  async function park(): Promise<string> {
    const cache = host.app.get<CounterCache>(COUNTER_CACHE);
    const { fence = 0 } = await cache.sweep(0);
    await cache.park(0, undefined, fence + 1, 'parked');
    const [parcel] = await host.parked.list();
    if (parcel === undefined) throw new Error('Nothing is parked');
    return parcel.id;
  }

  /** As where the database refuses the row of the counter. */
  async function refuse(delta: number): Promise<void> {
    const cache = host.app.get<CounterCache>(COUNTER_CACHE);
    await host.counters.incr('grows', delta);
    await cache.hasten(0);
    const claimed = await cache.claim(0, { limit: 500, nonce: `n${delta}`, holder: 'test' });
    if (claimed.status !== 'batch') throw new Error('Nothing was claimed');
    const refused = [{ names: ['grows'], error: 'no' }];
    const { nonce } = claimed.batch;
    await cache.acknowledge(0, { nonce, values: new Map(), leftOut: [], refused });
  }

  /** Ids of parcels. */
  async function largestFirst(): Promise<string[]> {
    const parcels = await host.parked.list();
    return parcels.toSorted((a, b) => b.counters - a.counters).map(({ id }) => id);
  }

  async function get(path: string): Promise<Answer> {
    const answer = await fetch(`${host.url}/fastcounter/api/${path}`);
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  async function post(what: string, body: object): Promise<Answer> {
    const answer = await fetch(`${host.url}/fastcounter/api/${what}`, {
      ...{ method: 'POST', headers: HEADERS, body: JSON.stringify(body) },
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  it('are an incident with parcels, whose counters have their row and a hint', async () => {
    const { counters } = host;
    await counters.incr('known', 2);
    await counters.flush();
    await counters.incr('known', 40, { windows: ['day'] });
    await counters.incr('new', 7);
    const id = await park();
    const { body } = await get('parked');
    expect(body).toMatchObject({
      incidents: [
        {
          reason: 'rewind',
          entries: 3,
          parcels: [{ id, short: shortOf(id), entries: 3, partition: 0 }],
        },
      ],
    });
    const parcel = await get(`parcel?id=${encodeURIComponent(id)}`);
    expect(parcel.body).toMatchObject({
      ...{ sum: '47', entries: 3, more: false },
      counters: [
        { name: 'known', delta: '40', entries: 2, row: { value: '2' }, hint: 'unknown' },
        { name: 'new', delta: '7', row: null, hint: 'likely not counted' },
      ],
    });
    const file = await fetch(`${host.url}/fastcounter/api/export?id=${encodeURIComponent(id)}`);
    expect(file.headers.get('content-disposition')).toMatch(
      /^attachment; filename="parked-[\w-]+.json"$/,
    );
    const { entries } = (await file.json()) as { entries: { name: string; delta: string }[] };
    expect(entries.map(({ name, delta }) => `${name} ${delta}`).sort()).toEqual([
      'known 40',
      'known 40',
      'new 7',
    ]);
  });

  it('are replayed as the dry run said, by somebody with a reason, once the id is typed', async () => {
    const { counters } = host;
    const [parcel] = await host.parked.list();
    const id = parcel?.id ?? '';
    const asked = { id, names: ['known'], dryRun: false, seen: '', reason: 'checked by hand' };
    const before = await counters.getCount('known');
    const dry = await post('replay', { ...asked, dryRun: true });
    const { seen } = dry.body;
    expect(dry.body).toEqual({
      ...{ dryRun: true, entries: 2, counters: 1, sum: '40', refused: [], toRepeat: [], seen },
    });
    expect((await post('replay', asked)).body).toMatchObject({ error: { code: 'NOT_CONFIRMED' } });
    expect((await post('replay', { ...asked, confirm: id })).status).toBe(400);
    const stale = await post('replay', { ...asked, confirm: shortOf(id) });
    expect(stale).toMatchObject({ status: 409, body: { error: { code: 'CHANGED' } } });
    expect(await counters.getCount('known')).toBe(before);
    expect(changes).toEqual([]);
    const done = await post('replay', { ...asked, confirm: shortOf(id), seen });
    expect(done.body).toMatchObject({ dryRun: false, entries: 2, refused: [], changed: 0 });
    expect(await counters.getCount('known')).toBe(before + 40);
    expect(changes).toContainEqual(
      expect.objectContaining({
        name: 'known',
        operation: 'replay',
        by: 'ann',
        reason: 'checked by hand',
      }),
    );
  });

  it('are discarded of the named counters alone', async () => {
    const [parcel] = await host.parked.list();
    const id = parcel?.id ?? '';
    const asked = { id, dryRun: false, confirm: shortOf(id) };
    expect((await post('discard', { ...asked, names: [], seen: '' })).status).toBe(400);
    expect((await post('discard', { ...asked, names: ['new'] })).status).toBe(400);
    const dry = await post('discard', { ...asked, names: ['new'], dryRun: true });
    const done = await post('discard', { ...asked, names: ['new'], seen: dry.body.seen });
    expect(done.body).toMatchObject({ entries: 1 });
    expect(await host.counters.getCount('new')).toBe(0);
    expect((await get('parked')).body).toEqual({ incidents: [] });
  });

  it('are left alone where an amount has grown since the dry run', async () => {
    await refuse(3);
    const [parcel] = await host.parked.list();
    const id = parcel?.id ?? '';
    const asked = { id, names: ['grows'], confirm: shortOf(id) };
    const dry = await post('discard', { ...asked, dryRun: true });
    expect(dry.body).toMatchObject({ entries: 1, sum: '3' });
    const write = { ...asked, dryRun: false, seen: dry.body.seen };
    await refuse(5);
    const stale = await post('discard', write);
    expect(stale).toMatchObject({ status: 409, body: { error: { code: 'CHANGED' } } });
    expect((await post('replay', write)).status).toBe(409);
    // once more, between the look that the write itself takes and the write
    const again = await post('discard', { ...asked, dryRun: true });
    const discard = vi.spyOn(host.parked, 'discard').mockImplementationOnce(async (...given) => {
      await refuse(7);
      return host.parked.discard(...given);
    });
    const late = await post('discard', { ...write, seen: again.body.seen });
    discard.mockRestore();
    expect(late.body).toMatchObject({ entries: 0, changed: 1 });
    for await (const entry of host.parked.entries(id)) {
      expect(entry).toEqual({ name: 'grows', delta: 15n });
    }
    await host.parked.discard(id);
  });

  it('of what was set or deleted are told, and stay where others are replayed', async () => {
    const { counters } = host;
    await counters.incr('mixed', 4);
    await counters.flush(['mixed']);
    await counters.set('mixed', 9);
    await counters.incr('beside', 2);
    const id = await park();
    const { body } = await get(`parcel?id=${encodeURIComponent(id)}`);
    const { counters: shown } = body as { counters: { name: string; replaced: number }[] };
    expect(shown.find(({ name }) => name === 'mixed')).toMatchObject({ replaced: 1 });
    const asked = { id, names: ['mixed', 'beside'], confirm: shortOf(id) };
    const dry = await post('replay', { ...asked, dryRun: true });
    expect(dry.body).toMatchObject({ entries: 1, sum: '2', toRepeat: ['mixed'] });
    const done = await post('replay', { ...asked, dryRun: false, seen: dry.body.seen });
    expect(done.body).toMatchObject({ entries: 1, toRepeat: ['mixed'], changed: 0 });
    expect(await counters.getCounts(['mixed', 'beside'])).toEqual([4, 2]);
    await host.parked.discard(id);
  });

  it('that would leave the 64-bit range are told by the dry run', async () => {
    const { counters } = host;
    await counters.incr('full', 5);
    const id = await park();
    await counters.incr('full', 2n ** 63n - 3n);
    const dry = await post('replay', { id, names: ['full'], dryRun: true });
    expect(dry.body).toMatchObject({ entries: 1, refused: ['full'] });
    const done = await post('replay', {
      id,
      names: ['full'],
      dryRun: false,
      confirm: shortOf(id),
      seen: dry.body.seen,
    });
    expect(done.body).toMatchObject({ entries: 0, refused: ['full'] });
  });

  it('of more entries than are looked at say so, also where nothing was found among these', async () => {
    const names = Array.from({ length: 20_010 }, (_, i) => ({ name: `large:${i}` }));
    for (let from = 0; from < names.length; from += 5_000) {
      await host.counters.incrMany(names.slice(from, from + 5_000));
    }
    await park();
    const id = encodeURIComponent((await largestFirst())[0] ?? '');
    const all = await get(`parcel?id=${id}`);
    expect(all.body).toMatchObject({ entries: 20_000, more: true, looked: 20_000 });
    const none = await get(`parcel?id=${id}&name=elsewhere`);
    expect(none.body).toMatchObject({ counters: [], entries: 0, more: true, looked: 20_000 });
  });

  it('are exported one file after the other, and once to all who ask for the same', async () => {
    const [id = '', other = ''] = await largestFirst();
    const sizes = new Map((await host.parked.list()).map((it) => [it.id, it.counters]));
    const [all, few] = [sizes.get(id), sizes.get(other)];
    expect(few).toBeGreaterThan(0);
    let [running, most, times] = [0, 0, 0];
    const entries = host.parked.entries.bind(host.parked);
    Object.assign(host.parked, {
      async *entries(of: string) {
        times++;
        most = Math.max(most, ++running);
        try {
          yield* entries(of);
        } finally {
          running--;
        }
      },
    });
    const asked = [id, id, id, other].map((of) =>
      fetch(`${host.url}/fastcounter/api/export?id=${encodeURIComponent(of)}`).then((answer) =>
        answer.json(),
      ),
    );
    const files = (await Promise.all(asked)) as { entries: unknown[] }[];
    Object.assign(host.parked, { entries });
    expect(files.map((file) => file.entries.length)).toEqual([all, all, all, few]);
    expect({ most, times }).toEqual({ most: 1, times: 2 });
  });
});
