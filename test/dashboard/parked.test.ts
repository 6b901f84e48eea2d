import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const asked = { id, names: ['known'], dryRun: false, expected: 2, reason: 'checked by hand' };
    const before = await counters.getCount('known');
    const dry = await post('replay', { ...asked, dryRun: true });
    expect(dry.body).toEqual({ dryRun: true, entries: 2, counters: 1, sum: '40', refused: [] });
    expect((await post('replay', asked)).body).toMatchObject({ error: { code: 'NOT_CONFIRMED' } });
    expect((await post('replay', { ...asked, confirm: id })).status).toBe(400);
    const stale = await post('replay', { ...asked, confirm: shortOf(id), expected: 3 });
    expect(stale).toMatchObject({ status: 409, body: { error: { code: 'CHANGED' } } });
    expect(await counters.getCount('known')).toBe(before);
    expect(changes).toEqual([]);
    const done = await post('replay', { ...asked, confirm: shortOf(id) });
    expect(done.body).toMatchObject({ dryRun: false, entries: 2, refused: [] });
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
    expect((await post('discard', { ...asked, names: [], expected: 0 })).status).toBe(400);
    const done = await post('discard', { ...asked, names: ['new'], expected: 1 });
    expect(done.body).toMatchObject({ entries: 1 });
    expect(await host.counters.getCount('new')).toBe(0);
    expect((await get('parked')).body).toEqual({ incidents: [] });
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
      expected: 1,
    });
    expect(done.body).toMatchObject({ entries: 0, refused: ['full'] });
  });
});
