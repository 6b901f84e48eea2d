import { DataSource } from 'typeorm';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { fastCounterEntities } from '../../lib/index.js';
import { startApplication } from '../support/application.js';
import { createWorld } from '../support/processes/world.js';
import { grantCounters } from '../support/servers/counter-database.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { listenTo } from '../support/told.js';

const shutdownTimeout = 2000;
/** A machine that is busy adds to each timer, but not another deadline. */
const ALLOWED = 2 * shutdownTimeout;
const settings = { shutdownTimeout, databaseTimeout: 500, updateInterval: 100, sweepInterval: 200 };

let server: PostgresServer;
let databaseUrl: string;

beforeAll(async () => {
  server = await startPostgres();
  return () => server.stop();
});

beforeEach(async () => {
  databaseUrl = await grantCounters(await server.createDatabase());
});

function freeze(): void {
  server.freeze();
  onTestFinished(() => server.thaw());
}

test.each([
  { kind: 'a worker', mode: 'redis', workers: true },
  { kind: 'a process without workers', mode: 'redis', workers: false },
  { kind: 'an embedded one', mode: 'embedded', workers: true },
] as const)(
  'shutting down has one deadline: PostgreSQL stands still for long, $kind',
  async ({ mode, workers }) => {
    const application = await startApplication({ ...settings, mode, workers, databaseUrl });
    const { counters } = application;
    await counters.incr('x');
    await counters.getCount('x');
    const { events } = listenTo(application);
    freeze();
    void counters.incr('x').catch(() => undefined);
    // each gives a connection up, and the next one asks for another
    for (let asked = 0; asked < 3; asked++)
      await counters.getCount(`other:${asked}`).catch(() => 0);
    if (workers) {
      const failed = () => events.filter(({ event }) => event === 'persistFailed').length;
      await expect.poll(failed).toBeGreaterThan(1);
    }
    const begun = performance.now();
    await application.close();
    expect(performance.now() - begun).toBeLessThan(ALLOWED);
  },
  60_000,
);

test('a process that is told to end while PostgreSQL stands still ends', async () => {
  const world = await createWorld({ databaseUrl: await server.createDatabase() });
  const worker = await world.start(settings);
  await worker.incr('x');
  await worker.flush();
  freeze();
  await expect.poll(async () => (await worker.status()).database.answers).toBe(false);
  worker.signal('SIGTERM');
  expect(await worker.ended).toEqual({ code: null, signal: 'SIGTERM' });
});

async function openStore(poolSize: number) {
  const dataSource = await new DataSource({
    ...{ type: 'postgres', url: databaseUrl, entities: fastCounterEntities, poolSize },
  }).initialize();
  onTestFinished(async () => {
    server.thaw();
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  const namespaces = { counters: 'test', ledger: 'test' };
  return { dataSource, store: new SqlCounterStore(dataSource, namespaces, 500) };
}

test.each([1, 2])(
  'a data source of %i connections ends when the store gave up, whoever of it still waits',
  async (poolSize) => {
    const { dataSource, store } = await openStore(poolSize);
    freeze();
    const asked = Array.from({ length: 5 }, () => store.persistedAt().catch(() => 'failed'));
    const applied = store.inspect([]).catch(() => 'failed');
    expect(await Promise.all([...asked, applied])).toEqual(Array(6).fill('failed'));
    const late = Array.from({ length: 5 }, () => store.inspect([]).catch(() => 'failed'));
    store.giveUp();
    await dataSource.destroy();
    expect(await Promise.all(late)).toEqual(Array(5).fill('failed'));
    await expect(store.inspect([])).rejects.toThrow('initialized');
  },
  60_000,
);

test('what the application itself waits for is left alone when the store gives up', async () => {
  const { dataSource, store } = await openStore(4);
  freeze();
  const ours = [store.inspect([]), store.inspect([])].map((asked) => asked.catch(() => 'failed'));
  // the first has the connection that is there, the others make one
  const theirs = [dataSource.query<unknown[]>('SELECT 1'), dataSource.query<unknown[]>('SELECT 1')];
  store.giveUp();
  expect(await Promise.all(ours)).toEqual(['failed', 'failed']);
  server.thaw();
  for (const rows of await Promise.all(theirs)) expect(rows).toHaveLength(1);
});
