import { randomUUID } from 'node:crypto';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { COUNTER_CACHE, type CounterCache, DatabaseMismatchError } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';
import { openRedisCache } from '../support/redis-cache.js';
import { CounterEvents } from '../../lib/index.js';
import { databaseServer } from '../../lib/persisting/neighbours/which-database.js';
import { WhichServer } from '../../lib/persisting/neighbours/which-server.js';
import { seed } from '../conformance/partition.js';

/** Starts, and waits until Redis knows in which database the namespace is counted. */
async function start(options: Parameters<typeof startApplication>[0] = {}): Promise<Application> {
  const application = await startApplication(options);
  onTestFinished(() => application.close());
  await expect.poll(() => noted(application)).toBeDefined();
  return application;
}

const noted = ({ app }: Application): Promise<unknown> | undefined =>
  app.get<CounterCache>(COUNTER_CACHE).databaseNotes?.read();

const databaseOf = ({ databaseUrl }: Application): string => new URL(databaseUrl).pathname.slice(1);

describe('a second database behind the same Redis and namespace', () => {
  test('is refused at the start, by name, and gets nothing of the counts', async () => {
    const first = await start();
    await first.counters.incr('mine', 3);
    const { namespace } = first;
    const starting = startApplication({ namespace });
    await expect(starting).rejects.toThrow(DatabaseMismatchError);
    await expect(starting).rejects.toThrow(`${databaseOf(first)}, schema public"`);
    await first.counters.flush();
    expect(await first.row('mine')).toBe(3n);
    expect((await first.counters.status()).problems).toEqual([]);
  });

  test('may take over when the first one has ended in order', async () => {
    const first = await start();
    await first.counters.incr('moved', 3);
    await first.counters.flush();
    await first.close();
    const second = await start({ namespace: first.namespace });
    await second.counters.incr('moved', 4);
    await second.counters.flush();
    expect(await second.row('moved')).toBeDefined();
  });

  test('is none where a process of the same one restarts', async () => {
    const first = await start();
    const { namespace, databaseUrl } = first;
    const second = await start({ namespace, databaseUrl });
    await second.counters.incr('both', 2);
    expect(await first.counters.getCount('both')).toBe(2);
    expect((await second.counters.status()).problems).toEqual([]);
  });

  test("in another namespace is nobody else's business", async () => {
    await start();
    const second = await start();
    await second.counters.incr('own');
    expect(await second.counters.getCount('own')).toBe(1);
  });
});

test('two that count at the same time are told by name, once', async () => {
  const { cache } = openRedisCache(inject('redisUrl'), { namespace: randomUUID() });
  await seed(cache, 1, randomUUID());
  const { databaseNotes } = cache;
  if (databaseNotes === undefined) throw new Error('no notes');
  const told: string[] = [];
  const presences = ['one', 'other'].map((place) => {
    const events = new CounterEvents();
    events.on('misconfigured', ({ message }) => told.push(message));
    const identify = () => Promise.resolve({ identity: `identity of ${place}`, place });
    return new WhichServer(
      databaseServer({ identify }, 'n'),
      databaseNotes,
      events.misconfigurations,
      0,
    );
  });
  // both came at the same moment
  for (const presence of presences) await presence.write();
  for (let round = 0; round < 6; round++) {
    // the clocks of the servers tell milliseconds
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const presence of presences) await presence.note();
  }
  expect(told.toSorted()).toEqual([
    expect.stringContaining('two databases by one Redis: "one" and "other"'),
    expect.stringContaining('two databases by one Redis: "other" and "one"'),
  ]);
});

test('who stays keeps the note; the last one that ends takes it back', async () => {
  const { cache } = openRedisCache(inject('redisUrl'), { namespace: randomUUID() });
  await seed(cache, 1, randomUUID());
  const { databaseNotes } = cache;
  await databaseNotes?.write({ identity: 'database', place: 'here', process: 'one' });
  await databaseNotes?.write({ identity: 'database', place: 'here', process: 'two' });
  await databaseNotes?.outdate('one');
  expect(await databaseNotes?.read()).toMatchObject({ identity: 'database', process: 'two' });
  await databaseNotes?.outdate('two');
  expect(await databaseNotes?.read()).toBeUndefined();
});
