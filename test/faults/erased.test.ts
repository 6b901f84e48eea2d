import { expect, inject, test } from 'vitest';
import { parseMeteredName } from '../../lib/index.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Point } from '../support/processes/protocol.js';
import { createWorld, type World } from '../support/processes/world.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';

const dimensions = { tenant: 'acme' };
const TENANTS = ['acme', 'acme2'];

async function count(by: CountingProcess): Promise<void> {
  for (const tenant of TENANTS) {
    const parts = { tenant, plan: 'pro', zone: 'eu' };
    await by.record('calls', { dimensions: parts, windows: ['hour', 'day'] });
  }
}

/** Rows and counts in Redis, by the names of their counters, of those with this tenant. */
async function left(world: World, tenant: string): Promise<string[]> {
  const names: string[] = [];
  for (const table of ['fast_counter', 'fast_counter_bucket']) {
    const rows = await world.query<{ name: string }>(`SELECT name FROM ${table}`);
    names.push(...rows.map(({ name }) => name));
  }
  const redis = await world.redis();
  for (const hash of ['pending', 'batch']) {
    for (const key of await redis.keys(`fastcounter:{${world.namespace}:*}::${hash}`)) {
      names.push(...(await redis.hKeys(key)));
    }
  }
  return names.filter((name) => parseMeteredName(name).dimensions.tenant === tenant);
}

/** Begins to erase, and is killed when it passes the point. */
async function eraseUntil(point: Point, world: World): Promise<void> {
  const erasing = await world.start({ signalAt: { point, time: 2 } });
  await erasing.erase({ dimensions }).catch(() => undefined);
  expect(await erasing.ended, point).toEqual({ code: null, signal: 'SIGKILL' });
}

test.each([
  [
    'PostgreSQL',
    () => createDatabase(inject('databaseUrl')),
    ['after add', 'before commit', 'after commit'],
  ],
  ['MariaDB', () => createMariadbDatabase(inject('mariadbUrl')), ['after acknowledge']],
] satisfies [string, () => Promise<string>, Point[]][])(
  'an erasure that is killed at any point, on %s, is finished by another one, and takes nothing else',
  async (_, makeDatabase, points) => {
    const world = await createWorld({ databaseUrl: await makeDatabase() });
    // nothing is due before it is erased
    const producer = await world.start({ workers: false, updateInterval: 600_000 });
    for (const [round, point] of points.entries()) {
      // what was counted in the round before is persisted, and this is not
      await count(producer);
      await eraseUntil(point, world);
      const other = await world.start();
      await other.erase({ dimensions });
      expect(await left(world, 'acme'), point).toEqual([]);
      expect(await other.erase({ dimensions })).toMatchObject({ counters: 0, windows: 0 });
      const counted = BigInt(2 * round + 1);
      expect(await other.getCounts(['calls{tenant}acme2', 'calls'])).toEqual([
        ...[counted, 2n * counted],
      ]);
      await count(producer);
      await other.flush();
      await other.kill();
    }
  },
);
