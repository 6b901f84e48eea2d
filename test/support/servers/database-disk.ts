import { stat } from 'node:fs/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { mountSmallDisk } from './small-disk.js';

/** The disk that the counters of a database are on. */
export interface DatabaseDisk {
  fill: () => Promise<unknown>;
  free: () => Promise<unknown>;
  /** Once the server has stopped. */
  unmount: () => Promise<void>;
}

/**
 * Puts the counters of a database of PostgreSQL, as their owner, on a disk of their own; where none can be mounted, the table says
 * that it is full.
 */
export async function onSmallDisk(ownerUrl: string): Promise<DatabaseDisk> {
  const client = new pg.Client(ownerUrl);
  // the server may end before the test
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const mounted = await mountSmallDisk(await ownerOf(rows[0]?.pid ?? 0));
  if (mounted === undefined) return fullByTrigger(client);
  await client.query(`CREATE TABLESPACE small LOCATION '${mounted.directory}'`);
  await client.query('ALTER TABLE fast_counter SET TABLESPACE small');
  return mounted;
}

/** Of the server's process; where there is no /proc, nothing can be mounted either. */
function ownerOf(pid: number): Promise<{ uid: number; gid: number }> {
  return stat(`/proc/${pid}`).catch(() => ({ uid: 0, gid: 0 }));
}

async function fullByTrigger(client: pg.Client): Promise<DatabaseDisk> {
  await client.query(
    `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$`,
  );
  return {
    fill: () =>
      client.query(
        'CREATE TRIGGER full_disk BEFORE INSERT ON fast_counter EXECUTE FUNCTION full_disk()',
      ),
    free: () => client.query('DROP TRIGGER full_disk ON fast_counter'),
    unmount: () => Promise.resolve(),
  };
}
