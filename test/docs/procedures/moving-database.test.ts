import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { drain } from '../../support/processes/checks.js';
import { createWorld } from '../../support/processes/world.js';
import { startDebianPostgres } from '../../support/servers/debian-postgres.js';
import { asCounterUser, roleStatements } from '../../support/servers/documented-access.js';
import { createDatabase } from '../../support/servers/postgres.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { expectExactly, mayFail } from '../../support/told.js';
import { Procedure } from './page.js';

const page = new Procedure('moving-database');
const names = Array.from({ length: 10 }, (_, i) => `counter:${i}`);

async function query<Row extends object>(url: string, sql: string, parameters: unknown[] = []) {
  const client = new pg.Client(url);
  await client.connect();
  return client.query<Row>(sql, parameters).finally(() => client.end());
}

test('a database moves by replication, and by a dump, while others count', async () => {
  const servers = await Promise.all(
    [0, 1].map(() => startDebianPostgres({ wal_level: 'logical' })),
  );
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  const [first = '', second = ''] = await Promise.all(
    servers.map(({ url }) => createDatabase(url, 'app')),
  );
  const world = await createWorld({ databaseUrl: first });
  await query(second, roleStatements('postgres').create);
  const name = await startTcpProxy(first);
  onTestFinished(() => name.stop());
  const databaseUrl = asCounterUser(name.url);
  const start = (workers: boolean) => world.start({ databaseUrl, workers });
  const [worker, producer] = await Promise.all([start(true), start(false)]);
  for (const process of [worker, producer]) await process.startLoad({ names });
  const told = {
    ...mayFail('persist', 'read'),
    persistFailed: 'may',
    duplicateSkipped: 'may',
  } as const;

  const there = { OLD: first, NEW: second };
  await page.run('1. Make the tables', there);
  await page.run('2. Let the new database follow the old one', there);
  await page.run('3. Let nobody write in the old database', there);
  expect(await page.run('4. Wait until the new database has everything', there)).toContain('DROP');
  name.direct(second);
  await page.run('5. Give its name to the new server', there);
  await drain(worker);
  await expectExactly(world.processes, told);

  await query(servers[0]?.url ?? '', 'DROP DATABASE app WITH (FORCE)');
  const third = await createDatabase(servers[0]?.url ?? '', 'app');
  const back = { OLD: second, NEW: third };
  await page.run('3. Let nobody write in the old database', back);
  // nobody wants to move just now
  await page.run('Going back', back);
  await drain(worker);
  await page.run('3. Let nobody write in the old database', back);
  await page.run('By dump and restore', back);
  name.direct(third);
  await page.run('5. Give its name to the new server', back);
  expect(page.left).toEqual([]);

  for (const process of [worker, producer]) {
    expect((await process.stopLoad()).failed).toEqual({});
  }
  await drain(worker);
  const { rows } = await query<{ name: string; value: string }>(
    third,
    `SELECT name, value FROM fast_counter WHERE namespace = $1`,
    [world.namespace],
  );
  const values = new Map(rows.map((row) => [row.name, BigInt(row.value)]));
  for (const counter of names) {
    const { acknowledged, atMost } = await world.tally(counter);
    expect(acknowledged).toBeGreaterThan(0n);
    expect(atMost).toBe(acknowledged);
    expect(values.get(counter), counter).toBe(acknowledged);
  }
  expect(await producer.getCounts(names)).toEqual(names.map((counter) => values.get(counter)));
  await expectExactly(world.processes, told);
});
