import { expect, inject, test } from 'vitest';
import type { Point } from '../support/processes/protocol.js';
import { createWorld } from '../support/processes/world.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';

/** More than one block. */
const log = { name: 'log', length: 25_000 };

test.each([
  [
    'PostgreSQL',
    () => createDatabase(inject('databaseUrl')),
    ['after add', 'before commit', 'after commit', 'before outbox removal'],
  ],
  ['MariaDB', () => createMariadbDatabase(inject('mariadbUrl')), ['after claim', 'after commit']],
] satisfies [string, () => Promise<string>, Point[]][])(
  'an import that is killed and run again counts each event once, on %s',
  async (_, makeDatabase, points) => {
    const world = await createWorld({ databaseUrl: await makeDatabase() });
    for (const point of points) {
      const killed = await world.start({ sweepInterval: 1000, signalAt: { point } });
      await killed.importLog(log).catch(() => undefined);
      expect(await killed.ended, point).toEqual({ code: null, signal: 'SIGKILL' });
    }
    const last = await world.start({ sweepInterval: 1000 });
    const done = await last.importLog(log);
    expect(done.counted + done.repeated).toBe(log.length);
    expect(done.repeated).toBeGreaterThan(0);
    const total = BigInt(log.length);
    expect(await last.getCounts(['log'])).toEqual([total]);
    expect(await world.row('log')).toBe(total);
    const days = `SELECT SUM(value) AS days FROM fast_counter_bucket WHERE name = 'log'`;
    expect(String((await world.query<{ days: string }>(days))[0]?.days)).toBe(String(total));
    expect((await last.status()).outbox).toMatchObject({ waiting: 0, refused: 0 });
    expect(await last.importLog(log)).toMatchObject({ counted: 0 });
  },
);
