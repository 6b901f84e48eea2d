import { beforeAll, describe, expect, test } from 'vitest';
import { drain } from '../support/processes/checks.js';
import { createWorld, type World } from '../support/processes/world.js';
import { type DatabaseDisk, onSmallDisk } from '../support/servers/database-disk.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { expectExactly, outageOf } from '../support/told.js';

const all = (value: bigint): bigint[] => names.map(() => value);
// a table of several pages
const names = Array.from({ length: 300 }, (_, i) => `${'long-'.repeat(36)}${i}`);

let server: PostgresServer;
let disk: DatabaseDisk | undefined;

beforeAll(async () => {
  server = await startPostgres();
  return async () => {
    await server.stop();
    await disk?.unmount();
  };
});

async function persisted(world: World): Promise<unknown> {
  const [row] = await world.query(
    `SELECT count(*)::int AS rows, coalesce(sum(value), 0)::int AS sum
       FROM fast_counter WHERE name LIKE 'long-%'`,
  );
  return row;
}

describe('when the disk of the database is full', () => {
  test('counting and reading go on, and all arrives once there is room', async () => {
    const databaseUrl = await server.createDatabase();
    const world = await createWorld({ databaseUrl });
    disk = await onSmallDisk(databaseUrl);
    const process = await world.start({ flushTimeout: 1500 });
    await process.incr('before', { times: 10 });
    await process.flush();

    await disk.fill();
    expect(await process.incr(names, { times: 2 })).toEqual({ acknowledged: 600, failed: {} });
    await expect(process.flush()).rejects.toMatchObject({ code: 'FLUSH_TIMEOUT' });
    const reasons = process.reported('persistFailed').map(({ error }) => error);
    expect(reasons).toContainEqual(expect.stringContaining('No space left on device'));
    expect(process.reported('outage').map(({ of }) => of)).toContain('persist');
    expect(await process.getCounts(['before', ...names])).toEqual([10n, ...all(2n)]);
    expect(await process.incr(names)).toEqual({ acknowledged: 300, failed: {} });
    expect(await persisted(world)).toEqual({ rows: 0, sum: 0 });

    await disk.free();
    await drain(process);
    expect(await persisted(world)).toEqual({ rows: 300, sum: 900 });
    expect(await process.getCounts(['before', ...names])).toEqual([10n, ...all(3n)]);
    expect(process.reported('recovery').map(({ of }) => of)).toContain('persist');
    await expectExactly(world.processes, { ...outageOf('persist'), persistFailed: 'some' });
  });
});
