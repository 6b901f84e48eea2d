import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { DatabaseUnavailableError } from '../../../lib/index.js';
import { SQLITE_KINDS, type SqliteKind } from '../../support/sqlite.js';
import { batch, ledger, rows, single, storeOn } from './databases.js';

/** A database in which the application has a table of its own. */
async function shared(kind: SqliteKind) {
  const { store, dataSource } = await single(kind);
  await dataSource.query('CREATE TABLE note (text varchar)');
  return { store, dataSource };
}

async function notes(dataSource: DataSource): Promise<string[]> {
  const found = await dataSource.query<{ text: string }[]>('SELECT text FROM note ORDER BY text');
  return found.map(({ text }) => text);
}

/** Long enough for whatever does not wait. */
const A_WHILE = 60;

describe.each(SQLITE_KINDS)('beside transactions of the application, by %s', (kind) => {
  test.each(['rolled back', 'committed'])(
    'a batch is written after one that is %s, and stays',
    async (how) => {
      const { store, dataSource } = await shared(kind);
      await store.apply(0, batch(1, { a: 1 }));
      let applied: Promise<unknown> | undefined;
      const second = batch(2, { a: 5, b: 7 });
      const done = dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO note VALUES ('mine')`);
        applied = store.apply(0, second);
        await sleep(A_WHILE);
        await manager.query(`INSERT INTO note VALUES ('mine too')`);
        // who reads meanwhile is answered
        expect(await store.read(['a', 'b'], [0])).toEqual({
          values: new Map([['a', '1']]),
          ledgers: new Map([[0, 1]]),
        });
        if (how === 'rolled back') throw new Error('taken back');
      });
      if (how === 'rolled back') await expect(done).rejects.toThrow('taken back');
      else await done;
      expect(await applied).toMatchObject({ status: 'applied' });
      expect(await rows(dataSource)).toEqual([
        ['a', '6'],
        ['b', '7'],
      ]);
      expect(await ledger(dataSource)).toMatchObject({ seq: '2', nonce: second.nonce });
      expect(await notes(dataSource)).toEqual(how === 'rolled back' ? [] : ['mine', 'mine too']);
      expect(await store.apply(0, second)).toMatchObject({ status: 'repeated' });
    },
  );

  test('one that was begun without TypeORM is waited for as well', async () => {
    const { store, dataSource } = await shared(kind);
    await dataSource.query('BEGIN');
    await dataSource.query(`INSERT INTO note VALUES ('mine')`);
    const applied = store.apply(0, batch(1, { a: 5 }));
    await sleep(A_WHILE);
    await dataSource.query('ROLLBACK');
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(await rows(dataSource)).toEqual([['a', '5']]);
    expect(await notes(dataSource)).toEqual([]);
  });

  test('many of both, at once, disturb one another in nothing', async () => {
    const { store, dataSource } = await shared(kind);
    const batches = (async () => {
      for (let seq = 1; seq <= 60; seq++) await store.apply(0, batch(seq, { a: 1, b: -1 }));
    })();
    const committed: string[] = [];
    for (let number = 0; number < 60; number++) {
      const text = String(number).padStart(2, '0');
      const transaction = dataSource.transaction(async (manager) => {
        // reads before it writes, as saving an entity does
        await manager.query('SELECT COUNT(*) FROM note');
        await manager.query('INSERT INTO note VALUES (?)', [text]);
        if (number % 3 === 0) throw new Error('taken back');
      });
      if (number % 3 === 0) await expect(transaction).rejects.toThrow('taken back');
      else {
        await transaction;
        committed.push(text);
      }
      await sleep(0);
    }
    await batches;
    expect(await notes(dataSource)).toEqual(committed);
    expect(await rows(dataSource)).toEqual([
      ['a', '60'],
      ['b', '-60'],
    ]);
  });

  test('one that does not end is told, and nothing is lost when it has', async () => {
    const { dataSource } = await shared(kind);
    const impatient = storeOn(dataSource, 200);
    const first = batch(1, { a: 5 });
    await dataSource
      .transaction(async (manager) => {
        await manager.query(`INSERT INTO note VALUES ('mine')`);
        const refused = await impatient.apply(0, first).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(DatabaseUnavailableError);
        expect(refused).toMatchObject({
          message: expect.stringMatching(
            /not free within 200 ms: the application had a transaction open.*flush\(\)/,
          ) as string,
        });
        throw new Error('taken back');
      })
      .catch(() => undefined);
    expect(await rows(dataSource)).toEqual([]);
    expect(await impatient.apply(0, first)).toMatchObject({ status: 'applied' });
    expect(await rows(dataSource)).toEqual([['a', '5']]);
  });

  test('who waits for one gives up when the application ends', async () => {
    const { store, dataSource } = await shared(kind);
    await dataSource.query('BEGIN');
    const waiting = store.apply(0, batch(1, { a: 5 }));
    const rejected = expect(waiting).rejects.toThrow('shutting down');
    await sleep(A_WHILE);
    store.giveUp();
    await rejected;
    await dataSource.query('ROLLBACK');
    expect(await rows(dataSource)).toEqual([]);
  });

  test('seeding waits for the end of one, without a lock on anything meanwhile', async () => {
    const { store, dataSource } = await shared(kind);
    await dataSource.transaction(async (manager) => {
      const seeded = store.seed(0, () => Promise.resolve('generation'));
      await sleep(A_WHILE);
      await manager.query(`INSERT INTO note VALUES ('mine')`);
      void seeded.catch(() => undefined);
    });
    await expect.poll(async () => (await ledger(dataSource))?.nonce).toBe('generation');
    expect(await notes(dataSource)).toEqual(['mine']);
  });
});
