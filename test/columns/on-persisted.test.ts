import { setTimeout as sleep } from 'node:timers/promises';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  type CounterEventMap,
  InvalidOptionsError,
  type OnPersisted,
  type PersistedBatch,
} from '../../lib/index.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { Article, databaseOf, ENGINES, start, type Started } from './applications.js';

@Entity('note')
class Note {
  @PrimaryColumn({ type: 'varchar', length: 120 })
  batch!: string;

  @PrimaryColumn({ type: 'varchar', length: 60 })
  name!: string;

  @Column({ type: 'int' })
  delta!: number;
}

const notesOf = ({ id, counts }: PersistedBatch): Note[] =>
  counts
    .filter(({ window }) => window === undefined)
    .map(({ name, delta }) => ({ batch: id, name, delta: Number(delta) }));

const write: OnPersisted = async (batch, manager) => {
  await manager.insert(Note, notesOf(batch));
};

test('the option "onPersisted" is a function', () => {
  const resolve = () => resolveOptions({ onPersisted: { write } });
  expect(resolve).toThrow(InvalidOptionsError);
  expect(resolve).toThrow(/Option "onPersisted" .* must be a function \(batch, manager\)/);
  expect(resolveOptions({ onPersisted: write }).onPersisted).toBe(write);
});

describe.each(ENGINES)('the option "onPersisted", on %s', (engine) => {
  let started: Started;
  let onPersisted: OnPersisted = write;
  let batches: PersistedBatch[] = [];
  const told: { event: string; payload: object }[] = [];

  beforeAll(async () => {
    const database = await databaseOf(engine);
    const entities = [...(database.entities as []), Note];
    started = await start(
      { ...database, entities },
      {
        ...{ columns: [], queue: { count: 1 }, sweepInterval: 100, databaseTimeout: 1500 },
        onPersisted: async (batch, manager) => {
          await onPersisted(batch, manager);
          batches.push(batch);
        },
      },
    );
    for (const event of ['outage', 'misconfigured', 'persistFailed', 'refused'] as const) {
      started.events.on(event, (payload: CounterEventMap[typeof event][0]) =>
        told.push({ event, payload }),
      );
    }
  });
  afterAll(() => started.close());
  beforeEach(async () => {
    onPersisted = write;
    await started.counters.flush();
    batches = [];
    told.length = 0;
  });

  const notes = async (...names: string[]): Promise<number[]> => {
    const all = await started.dataSource.manager.find(Note);
    return names.map((name) =>
      all.filter((note) => note.name === name).reduce((sum, { delta }) => sum + delta, 0),
    );
  };
  const rows = async (...names: string[]): Promise<(number | undefined)[]> => {
    const [first = ''] = names;
    const listed = await started.counters.list({ prefix: first.slice(0, first.indexOf(':')) });
    return names.map((name) => listed.find((row) => row.name === name)?.value);
  };

  test('is called in the transaction of the batch, with all that was changed', async () => {
    const { counters } = started;
    await counters.incr('all:1', 5, { windows: ['day'] });
    await counters.set('all:2', 9);
    await counters.flush();
    const counts = batches.flatMap((batch) => [...batch.counts]);
    const start = new Date(new Date().toISOString().slice(0, 10));
    expect(counts.toSorted((a, b) => Number(a.delta - b.delta))).toEqual(
      expect.arrayContaining([
        { name: 'all:1', delta: 5n, value: 5n },
        { name: 'all:1', delta: 5n, value: 5n, window: 'day', start },
        { name: 'all:2', delta: 9n, value: 9n },
      ]),
    );
    expect(counts).toHaveLength(3);
    await counters.delete('all:2');
    await counters.reset('all:1');
    await counters.flush();
    const last = batches.slice(-2).flatMap((batch) => [...batch.counts]);
    expect(last).toEqual(
      expect.arrayContaining([
        { name: 'all:2', delta: -9n, value: 0n, removed: true },
        { name: 'all:1', delta: -5n, value: 0n },
      ]),
    );
    expect(await notes('all:1', 'all:2')).toEqual([0, 0]);
    expect(new Set(batches.map(({ id }) => id)).size).toBe(batches.length);
  });

  test('what it throws rolls the batch back, which is tried again and is told, as no outage', async () => {
    const { counters } = started;
    let tries = 0;
    onPersisted = async (batch, manager) => {
      await write(batch, manager);
      if (++tries < 3) throw new Error('the outbox is closed');
    };
    await counters.incr('thrown:1', 4, { updateInterval: 0 });
    await expect.poll(() => notes('thrown:1')).toEqual([4]);
    expect(tries).toBe(3);
    expect(await rows('thrown:1')).toEqual([4]);
    const kinds = told.map(({ event }) => event);
    expect(kinds.toSorted()).toEqual(['misconfigured', 'persistFailed', 'persistFailed']);
    const { payload } = told.find(({ event }) => event === 'misconfigured') ?? {};
    expect(payload).toMatchObject({
      message: expect.stringMatching(
        /Option "onPersisted" failed.*the outbox is closed\. Mend this function/,
      ) as string,
    });
    await expect
      .poll(async () => (await counters.status()).problems.map(({ code }) => code))
      .not.toContain('FC-MISCONFIGURED');
  });

  test('a transaction that it ended or broke commits nothing', async () => {
    const { counters, dataSource } = started;
    let tries = 0;
    onPersisted = async (batch, manager) => {
      tries++;
      if (tries === 1) {
        await manager.query('ROLLBACK');
        return;
      }
      if (tries === 2) await manager.queryRunner?.rollbackTransaction();
      // on PostgreSQL the transaction is at its end, and nobody says so
      if (tries === 3) await manager.query('SELECT * FROM nowhere').catch(() => undefined);
      if (tries === 4) await manager.transaction(() => Promise.reject(new Error('inner')));
      await write(batch, manager);
    };
    await counters.incr('broken:1', 4, { updateInterval: 0 });
    await expect.poll(() => notes('broken:1')).toEqual([4]);
    expect(await rows('broken:1')).toEqual([4]);
    expect(await dataSource.manager.countBy(Note, { name: 'broken:1' })).toBe(1);
    expect(told.map(({ event }) => event)).not.toContain('outage');
  });

  test('a transaction inside of it is a savepoint', async () => {
    const { counters } = started;
    onPersisted = async (batch, manager) => {
      await write(batch, manager);
      const inner = manager.transaction(async (nested) => {
        await nested.update(Note, { batch: batch.id }, { delta: 1000 });
        throw new Error('inner');
      });
      await inner.catch(() => undefined);
    };
    await counters.incr('nested:1', 4);
    await counters.flush();
    expect(await notes('nested:1')).toEqual([4]);
    expect(await rows('nested:1')).toEqual([4]);
  });

  test('what takes too long is given up, and writes nothing later', async () => {
    const { counters } = started;
    let late: Promise<unknown> | undefined;
    let tries = 0;
    onPersisted = async (batch, manager) => {
      if (++tries > 1) return write(batch, manager);
      late = sleep(900).then(() => write(batch, manager));
      late.catch(() => undefined);
      await late;
    };
    await counters.incr('late:1', 4, { updateInterval: 0 });
    await expect.poll(() => notes('late:1')).toEqual([4]);
    await expect(late).rejects.toThrow();
    expect(await notes('late:1')).toEqual([4]);
    expect(await rows('late:1')).toEqual([4]);
    expect(JSON.stringify(told)).toContain('has not ended within 500 ms');
    expect(told.map(({ event }) => event)).not.toContain('outage');
  });

  test('what the application writes meanwhile is not taken back with it', async () => {
    const { counters, app } = started;
    const other = app.get(DataSource);
    const beside: Promise<unknown>[] = [];
    onPersisted = async (batch, manager) => {
      await write(batch, manager);
      if (beside.length > 0) return;
      const note = (name: string) => ({ batch: batch.id, name, delta: 1 });
      beside.push(other.manager.insert(Note, note('beside:2')));
      beside.push(other.transaction((own) => own.insert(Note, note('beside:3'))));
      await sleep(20);
      throw new Error('no');
    };
    await counters.incr('beside:1', 4, { updateInterval: 0 });
    await expect.poll(() => notes('beside:1')).toEqual([4]);
    await Promise.all(beside);
    expect(await notes('beside:1', 'beside:2', 'beside:3')).toEqual([4, 1, 1]);
  });
});

test('what it writes is checked at the commit where a constraint says so, also in a batch with a column', async () => {
  const letters: OnPersisted = async ({ id }, manager) => {
    await manager.query('INSERT INTO line (letter) VALUES ($1)', [id]);
    await manager.query('INSERT INTO letter (id) VALUES ($1)', [id]);
  };
  const letterbox = await start(await databaseOf('postgres'), {
    ...{ onPersisted: letters, flushTimeout: 5000 },
  });
  onTestFinished(() => letterbox.close());
  const { counters, dataSource } = letterbox;
  await dataSource.query('CREATE TABLE letter (id text PRIMARY KEY)');
  await dataSource.query(
    'CREATE TABLE line (letter text REFERENCES letter DEFERRABLE INITIALLY DEFERRED)',
  );
  await dataSource.getRepository(Article).insert({ id: 1, views: 0 });
  await counters.incr('articles:1:views', 3);
  await counters.flush();
  expect(await dataSource.getRepository(Article).findOneBy({ id: 1 })).toMatchObject({ views: 3 });
  expect(await dataSource.query('SELECT FROM line JOIN letter ON letter = id')).toHaveLength(1);
});
