import { describe, expect, test } from 'vitest';
import { partitioner } from '../../lib/words/partitioner.js';
import { type Application, MODES, type Mode, startApplication } from '../support/application.js';
import { createWorld } from '../support/processes/world.js';
import { closed, expectExactly, listenTo, type Teller } from '../support/told.js';

const names = Array.from({ length: 12 }, (_, i) => `counter:${i}`);

interface Reports {
  wentBack: { partition: number; missing: number }[];
  changed: string[];
}

/** An application, and what it tells of its database. */
async function start(options: Parameters<typeof startApplication>[0]) {
  const application = await startApplication({ sweepInterval: 100, ...options });
  const teller: Teller = listenTo(application);
  const reports: Reports = { wentBack: [], changed: [] };
  application.events.on('databaseWentBack', ({ partition, missing }) =>
    reports.wentBack.push({ partition, missing }),
  );
  application.events.on('rowsChanged', ({ counters }) => reports.changed.push(...counters));
  return { ...application, reports, teller };
}

const TABLES = ['fast_counter', 'fast_counter_ledger'];

async function backUp({ asOwner }: Application): Promise<void> {
  for (const table of TABLES) {
    await asOwner(`CREATE TABLE backup_of_${table} AS SELECT * FROM ${table}`);
  }
}

async function restore({ asOwner }: Application): Promise<void> {
  const steps = TABLES.map(
    (it) => `DELETE FROM ${it}; INSERT INTO ${it} SELECT * FROM backup_of_${it}`,
  );
  await asOwner(`BEGIN; ${steps.join(';')}; COMMIT`);
}

async function countAll({ counters }: Application, times: number): Promise<void> {
  await counters.incrMany(names.map((name) => ({ name, delta: times })));
  await counters.flush();
}

/** So that they are cached. */
const readAll = ({ counters }: Application): Promise<readonly number[]> =>
  counters.getCounts(names);
const all = (value: number): number[] => names.map(() => value);

describe.each(MODES)('%s: a database that is restored to an older state', (mode: Mode) => {
  test('is read as it is, with nothing further counted, and that is told once a partition', async () => {
    const application = await start({ mode });
    await countAll(application, 100);
    await backUp(application);
    await countAll(application, 40);
    expect(await readAll(application)).toEqual(all(140));

    await restore(application);
    await expect.poll(() => readAll(application)).toEqual(all(100));
    await countAll(application, 1);
    expect(await readAll(application)).toEqual(all(101));
    expect(await application.row('counter:0')).toBe(101n);
    const told = application.reports.wentBack.map(({ partition }) => partition);
    expect(told.sort()).toEqual([0, 1, 2, 3, 4]);
    for (const { missing } of application.reports.wentBack) expect(missing).toBe(1);
    expect(application.reports.changed).toEqual([]);
    await expectExactly([application.teller], { databaseWentBack: 'some' }, ['FC-DATABASE-BEHIND']);
    await application.close();
  });

  test('takes what is set as it was said, though it was computed from a value that is gone', async () => {
    // nobody sweeps in this time
    const application = await start({ mode, sweepInterval: 60_000 });
    await countAll(application, 50);
    await backUp(application);
    await countAll(application, 30);
    await readAll(application);

    await restore(application);
    const { counters } = application;
    await counters.set('counter:0', 7);
    await counters.set('counter:1', 7);
    await counters.incr('counter:1', 2);
    await counters.delete('counter:2');
    await counters.reset('counter:3');
    await counters.flush();
    expect(await counters.getCounts(names.slice(0, 4))).toEqual([7, 9, 0, 0]);
    const rows = [];
    for (const name of names.slice(0, 4)) rows.push(await application.row(name));
    expect(rows).toEqual([7n, 9n, undefined, 0n]);
    expect(application.reports.changed.sort()).toEqual(names.slice(0, 4));
    await expectExactly([application.teller], { databaseWentBack: 'some', rowsChanged: 'some' }, [
      'FC-DATABASE-BEHIND',
      'FC-ROWS-CHANGED',
    ]);
    await application.close();
  });
});

describe('on Redis', () => {
  test('tables that are made anew beside a Redis that stays take what is set', async () => {
    const application = await start({ sweepInterval: 60_000 });
    await application.counters.incr('y', 50);
    await application.counters.flush();
    expect(await application.counters.getCount('y')).toBe(50);

    for (const table of TABLES) await application.asOwner(`DELETE FROM ${table}`);
    await application.counters.set('y', 7);
    await application.counters.flush();
    expect(await application.counters.getCount('y')).toBe(7);
    expect(await application.row('y')).toBe(7n);
    await expectExactly([application.teller], { databaseWentBack: 'some', rowsChanged: 'some' }, [
      'FC-DATABASE-BEHIND',
      'FC-ROWS-CHANGED',
    ]);
    await application.close();
  });

  test('a process that starts after a restore reads what is there', async () => {
    const first = await start({ sweepInterval: 60_000 });
    await countAll(first, 100);
    await backUp(first);
    await countAll(first, 40);
    await readAll(first);
    await first.close();

    await restore(first);
    const { databaseUrl, namespace } = first;
    const second = await start({ databaseUrl, namespace, sweepInterval: 60_000 });
    expect(await readAll(second)).toEqual(all(100));
    await second.counters.set('counter:0', 7);
    await second.counters.flush();
    expect(await second.row('counter:0')).toBe(7n);
    expect(second.reports.changed).toEqual([]);
    await expectExactly(
      [closed(first.teller), second.teller], // at the start, mostly before anybody listens
      { databaseWentBack: 'may' },
      ['FC-DATABASE-BEHIND'],
    );
    await second.close();
  });

  test('is told also where the worker that found the gap died before it told', async () => {
    const world = await createWorld();
    const seldom = { updateInterval: 0, sweepInterval: 60_000 };
    const producer = await world.start({ ...seldom, workers: false });
    const first = await world.start(seldom);
    await producer.incr('counter', { times: 10 });
    await first.flush();
    const backUp = TABLES.map((it) => `CREATE TABLE backup_of_${it} AS SELECT * FROM ${it}`);
    await world.query(backUp.join(';'));
    await producer.incr('counter', { times: 3 });
    await first.flush();
    await first.close();
    const finder = await world.start({ ...seldom, signalAt: { point: 'after commit' } });

    const back = TABLES.map((it) => `DELETE FROM ${it}; INSERT INTO ${it} TABLE backup_of_${it}`);
    await world.query(back.join(';'));
    await producer.incr('counter', { times: 1 });
    expect(await finder.ended).toEqual({ code: null, signal: 'SIGKILL' });
    // so that another leads, and finds the batch that nobody has acknowledged
    await producer.close();
    const last = await world.start();
    await last.flush();
    // of the other partitions, where they were seeded behind the backup, it finds out at its start
    const told = () => last.reported('databaseWentBack').map(({ partition }) => partition);
    await expect.poll(told).toContain(partitioner(5)('counter'));
    expect(await world.row('counter')).toBe(11n);
    expect(await last.getCount('counter')).toBe(11n);
    await expectExactly(world.processes, { databaseWentBack: 'some', duplicateSkipped: 'once' }, [
      'FC-DATABASE-BEHIND',
    ]);
  });

  test('a row that was changed by hand is set to what was said, and that is told', async () => {
    const application = await start({});
    const { counters } = application;
    await counters.incr('a', 50);
    await counters.flush();
    await counters.getCount('a');
    await application.asOwner(`UPDATE fast_counter SET value = 15 WHERE name = 'a'`);
    await counters.set('a', 7);
    await counters.flush();
    expect(await application.row('a')).toBe(7n);
    expect(await counters.getCount('a')).toBe(7);
    expect(application.reports).toEqual({ wentBack: [], changed: ['a'] });
    await expectExactly([application.teller], { rowsChanged: 'once' }, ['FC-ROWS-CHANGED']);
    await application.close();
  });

  test('a row that was changed by hand is added to, and read as it is behind the next batch', async () => {
    const application = await start({});
    const { counters } = application;
    await counters.incr('a', 50);
    await counters.flush();
    await counters.getCount('a');
    await application.asOwner(`UPDATE fast_counter SET value = 15 WHERE name = 'a'`);
    await counters.incr('a', 2);
    await counters.flush();
    expect(await application.row('a')).toBe(17n);
    expect(await counters.getCount('a')).toBe(17);
    await expectExactly([application.teller], {});
    await application.close();
  });
});
