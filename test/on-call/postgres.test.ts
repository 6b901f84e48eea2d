import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { joinMisplacedBuckets, MeteringService } from '../../lib/index.js';
import { grantCounters } from '../support/servers/counter-database.js';
import { type DatabaseDisk, onSmallDisk } from '../support/servers/database-disk.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { Duty } from './row.js';

let server: PostgresServer;
let disk: DatabaseDisk | undefined;
/** For the owner of the tables. */
let owner: string;

async function begin(): Promise<Duty> {
  owner = await server.createDatabase();
  return Duty.begin({ databaseUrl: await grantCounters(owner) });
}

async function query(sql: string): Promise<void> {
  const client = new pg.Client(owner);
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  await client.query(sql).finally(() => client.end());
}

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(async () => {
  server.thaw();
  await server.restart();
});
afterAll(async () => {
  await server.stop();
  await disk?.unmount();
});

describe('what is shown, and that the documented steps mend it, while PostgreSQL is', () => {
  test('stopped', async () => {
    const duty = await begin();
    duty.faultBegins();
    await server.kill();
    const codes = ['FC-DATABASE-AWAY', 'FC-NOT-PERSISTING'] as const;
    await duty.shows({
      ...{ verdict: 'DOWN', codes, fails: ['database', 'persist'] },
      says: { 'FC-DATABASE-AWAY': /ECONNREFUSED/, 'FC-NOT-PERSISTING': /ECONNREFUSED/ },
      health: {
        persisting: 'up FC-DATABASE-AWAY FC-NOT-PERSISTING',
        intact: 'up FC-DATABASE-AWAY',
      },
      log: ['FC-NOT-PERSISTING'],
      outside: [2, ...codes],
      doctor: ['FC-DATABASE-AWAY', 2, /ECONNREFUSED/],
    });
    await server.restart();
    await duty.isGreenAgain({ while: codes });
  });

  test('frozen', async () => {
    const duty = await begin();
    duty.faultBegins();
    server.freeze();
    const codes = ['FC-DATABASE-AWAY', 'FC-NOT-PERSISTING'] as const;
    await duty.shows({
      ...{ verdict: 'DOWN', codes, fails: ['database', 'persist'] },
      says: {
        'FC-DATABASE-AWAY': /does not answer/,
        // the size of the pool is not to blame
        'FC-NOT-PERSISTING': /did not answer(?!.*poolSize)/,
      },
      health: {
        persisting: 'up FC-DATABASE-AWAY FC-NOT-PERSISTING',
        intact: 'up FC-DATABASE-AWAY',
      },
      log: ['FC-NOT-PERSISTING'],
      outside: [2, ...codes],
      doctor: ['FC-DATABASE-AWAY', 2, /gave no connection|did not answer/],
    });
    server.thaw();
    await duty.isGreenAgain({ while: codes });
  });

  test('full', async () => {
    const duty = await begin();
    disk = await onSmallDisk(owner);
    duty.faultBegins();
    await disk.fill();
    duty.traffic.crowd(Array.from({ length: 300 }, (_, i) => `${'long-'.repeat(36)}${i}`));
    await duty.shows({
      ...{ verdict: 'DOWN', codes: ['FC-NOT-PERSISTING'], fails: ['persist'] },
      says: { 'FC-NOT-PERSISTING': /No space left on device/ },
      health: { persisting: 'up FC-NOT-PERSISTING' },
      log: ['FC-NOT-PERSISTING'],
      outside: [2, 'FC-NOT-PERSISTING'],
    });
    await disk.free();
    await duty.isGreenAgain({ while: ['FC-NOT-PERSISTING'] });
  });

  test('read-only', async () => {
    const duty = await begin();
    duty.faultBegins();
    onTestFinished(() => query('ALTER SYSTEM RESET default_transaction_read_only'));
    await query('ALTER SYSTEM SET default_transaction_read_only = on');
    await query('SELECT pg_reload_conf()');
    await duty.shows({
      ...{ verdict: 'DOWN', codes: ['FC-NOT-PERSISTING'], fails: ['persist'] },
      says: { 'FC-NOT-PERSISTING': /read-only transaction/ },
      health: { persisting: 'up FC-NOT-PERSISTING' },
      log: ['FC-NOT-PERSISTING'],
      outside: [2, 'FC-NOT-PERSISTING'],
    });
    await query('ALTER SYSTEM RESET default_transaction_read_only');
    await query('SELECT pg_reload_conf()');
    await duty.isGreenAgain({ while: ['FC-NOT-PERSISTING'] });
  });
});

test('a row of a window that version 0.1.0 split is shown, and is joined', async () => {
  owner = await server.createDatabase();
  const databaseUrl = await grantCounters(owner);
  const namespace = `on-call-${randomUUID().slice(0, 8)}`;
  // the second midnight of that day
  await query(
    `INSERT INTO fast_counter_bucket VALUES ('${namespace}', 'views:1', 'day', '2025-10-26T01:00:00Z', 7, now())`,
  );
  const windows = {
    timeZone: 'Atlantic/Azores',
    counters: [{ prefix: 'views:', windows: ['day'] }],
  } as const;
  const duty = await Duty.start({ databaseUrl, namespace, windows });
  await duty.shows({
    ...{ verdict: 'DEGRADED', codes: ['FC-MISCONFIGURED'] },
    says: { 'FC-MISCONFIGURED': /no day begins at 2025-10-26T01:00:00.000Z.*joinMisplacedBuckets/ },
    health: { counting: 'up FC-MISCONFIGURED', persisting: 'up FC-MISCONFIGURED' },
    log: ['FC-MISCONFIGURED'],
    outside: [1, 'FC-MISCONFIGURED'],
    doctor: ['FC-MISCONFIGURED', 1, /no day begins at 2025-10-26T01:00:00.000Z/],
  });
  const dataSource = await new DataSource({ type: 'postgres', url: owner }).initialize();
  onTestFinished(() => dataSource.destroy());
  const { joined } = await joinMisplacedBuckets(dataSource, {
    namespace,
    timeZone: windows.timeZone,
  });
  expect(joined).toMatchObject([{ rows: 1 }]);
  await duty.isGreenAgain({ while: ['FC-MISCONFIGURED'] });
  const day = {
    window: 'day',
    from: Date.parse('2025-10-26T12:00:00Z'),
    to: Date.parse('2025-10-26T13:00:00Z'),
  } as const;
  const [kept] = await duty.operated.app.get(MeteringService).series('views:1', day);
  expect(kept?.value).toBe(7);
});
