import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MODES, startApplication } from '../support/application.js';
import { grantCounters } from '../support/servers/counter-database.js';
import { startPostgres } from '../support/servers/postgres.js';
import { closed, expectExactly, listenTo, mayFail } from '../support/told.js';

const BATCH = 500;
const HOUR = 3_600_000;

test('a worker that stops with a backlog ends after the batch under way, and the next one has the rest', async () => {
  const options = { updateInterval: HOUR, queue: { count: 1 } };
  const worker = await startApplication(options);
  const before = listenTo(worker);
  const { databaseUrl, namespace } = worker;
  await worker.asOwner(`
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT ON fast_counter FOR EACH ROW EXECUTE FUNCTION slow()`);
  const names = Array.from({ length: 8 * BATCH }, (_, index) => `backlog:${index}`);
  await worker.counters.incrMany(names.map((name) => ({ name, delta: 3 })));
  const batches: number[] = [];
  const first = new Promise<void>((resolve) => {
    worker.events.on('persisted', ({ counters }) => {
      batches.push(counters);
      resolve();
    });
  });
  worker.counters.flush().catch(() => undefined);
  await first;
  await worker.close();
  // the first, the one under way, and on a busy machine another one
  expect(batches.length).toBeLessThan(5);
  expect(new Set(batches)).toEqual(new Set([BATCH]));

  const next = await startApplication({ ...options, databaseUrl, namespace });
  onTestFinished(() => next.close());
  const after = listenTo(next);
  await next.asOwner('DROP TRIGGER slow ON fast_counter');
  await next.counters.flush();
  const rows = await next.dataSource.query<{ value: string }[]>(
    'SELECT value::text AS value FROM fast_counter',
  );
  expect(rows.map(({ value }) => value)).toEqual(names.map(() => '3'));
  await expectExactly([closed(before), after], {});
});

describe.each(MODES)('shutting down while PostgreSQL is stopped has one deadline, %s', (mode) => {
  const shutdownTimeout = 2000;
  /** A machine that is busy adds to each timer, but not another deadline. */
  const allowed = 2 * shutdownTimeout;

  test.each(['SIGSTOP', 'SIGKILL'] as const)('by %s', async (signal) => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const owner = await postgres.createDatabase();
    const databaseUrl = await grantCounters(owner);
    const application = await startApplication({
      ...{ mode, databaseUrl, shutdownTimeout, updateInterval: 0 },
    });
    const teller = listenTo(application);
    await application.counters.incr('early');
    await application.counters.flush();
    const processes = await processesOf(owner);
    const send = (it: NodeJS.Signals): void => {
      for (const pid of processes) {
        try {
          process.kill(pid, it);
        } catch {
          // it ended
        }
      }
    };
    send(signal);
    onTestFinished(() => send('SIGCONT'));
    await application.counters.incr('early');
    application.counters.incr('late').catch(() => undefined);
    const begun = performance.now();
    await application.app.close();
    expect(performance.now() - begun).toBeLessThan(allowed);
    // that of the batch under way; one that is gone may be found out before
    await expectExactly([closed(teller)], {
      persistFailed: 'some',
      ...mayFail('persist', 'write'),
    });
    send('SIGCONT');
    await application.dataSource.destroy();
  });
});

/** The server, and the processes of its sessions. */
async function processesOf(url: string): Promise<number[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(`
    SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int AS pid
     UNION SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`);
  await client.end();
  return rows.map(({ pid }) => pid);
}
