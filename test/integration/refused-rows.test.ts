import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CounterEvents, ParkedCounts } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const HOUR = 3_600_000;

test('a row that the database does not let go stays, which is told as that, and no problem', async () => {
  const application = await startApplication({ updateInterval: HOUR });
  onTestFinished(() => application.close());
  const { app, counters, row, asOwner } = application;
  const events: unknown[] = [];
  for (const name of ['refused', 'removalRefused'] as const) {
    application.events.on(name, (event) => events.push({ name, ...event }));
  }
  await counters.incr('kept', 3);
  await counters.flush();
  await asOwner(
    `CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stays'; END $$`,
  );
  await asOwner(
    'CREATE TRIGGER stays BEFORE DELETE ON fast_counter FOR EACH ROW EXECUTE FUNCTION stays()',
  );
  await counters.delete('kept');
  await counters.flush();
  expect(await row('kept')).toBe(0n);
  expect(events).toEqual([
    {
      name: 'removalRefused',
      partition: expect.any(Number) as number,
      counters: ['kept'],
      error: expect.stringContaining('stays') as string,
    },
  ]);
  expect(await app.get(ParkedCounts).list()).toEqual([]);
  const { problems } = await counters.status();
  expect(problems.map(({ code }) => code)).not.toContain('FC-REFUSED-ROWS');
});

describe.each(MODES)('a counter whose row the database refuses, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: HOUR });
  const events: unknown[] = [];

  beforeAll(async () => {
    started()
      .app.get(CounterEvents)
      .on('refused', (event) => events.push(event));
    await started().asOwner(
      `ALTER TABLE fast_counter ADD CONSTRAINT no_bad CHECK (name NOT LIKE 'bad:%')`,
    );
  });
  afterAll(() => started().counters.flush());

  test('is put aside and told, and the counters beside it arrive', async () => {
    const { app, counters, row } = started();
    const good = Array.from({ length: 60 }, (_, index) => `good:${index}`);
    await counters.incrMany(['bad:1', ...good].map((name) => ({ name, delta: 3 })));
    await counters.flush();
    expect(await Promise.all(good.map(row))).toEqual(good.map(() => 3n));
    expect(await row('bad:1')).toBeUndefined();
    expect(await counters.getCounts(['bad:1', 'good:1'])).toEqual([0, 3]);
    const error = expect.stringContaining('violates check constraint "no_bad"') as string;
    expect(events).toEqual([
      { partition: expect.any(Number) as number, counters: ['bad:1'], error },
    ]);
    const parcels = await app.get(ParkedCounts).list();
    expect(parcels).toMatchObject([{ reason: 'refused', error, counters: 1 }]);
    expect(parcels[0]?.parkedAt).toBeUndefined();
    const { partitions } = await counters.status();
    expect(partitions.reduce((sum, { refused = 0 }) => sum + refused, 0)).toBe(1);
  });

  test('comes back by a replay, once the database takes it', async () => {
    const { app, counters, row, asOwner } = started();
    const parked = app.get(ParkedCounts);
    await counters.incr('bad:1', 4);
    await counters.flush();
    const [parcel] = await parked.list();
    const id = parcel?.id ?? '';
    const entries = [];
    for await (const entry of parked.entries(id)) entries.push(entry);
    expect(entries).toEqual([{ name: 'bad:1', delta: 7n }]);
    await asOwner('ALTER TABLE fast_counter DROP CONSTRAINT no_bad');
    expect(await parked.replay(id)).toEqual({
      replayed: 1,
      refused: [],
      changed: [],
      toRepeat: [],
    });
    expect(await counters.getCount('bad:1')).toBe(7);
    await counters.flush();
    expect(await row('bad:1')).toBe(7n);
    expect(await parked.list()).toEqual([]);
  });
});
