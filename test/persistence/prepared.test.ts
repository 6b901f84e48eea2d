import type { DataSource } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, connect, NAMESPACES, stores } from './databases.js';

interface Pool {
  on(event: 'acquire', listener: (client: { processID: number }) => void): void;
}

/** A store on one connection, which was told of its own process of the server, or of another one. */
async function onOneConnection(processId?: number) {
  const { url } = await stores(1);
  const dataSource = await connect(url, { poolSize: 1 });
  const { master } = dataSource.driver as unknown as { master: Pool };
  master.on('acquire', (client) => (client.processID = processId ?? client.processID));
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  await store.apply(0, batch(1, { one: 1 }));
  return { store, dataSource };
}

async function prepared(dataSource: DataSource): Promise<number> {
  const [row] = await dataSource.query<{ number: string }[]>(
    `SELECT count(*) AS number FROM pg_prepared_statements WHERE name LIKE 'fastcounter-%'`,
  );
  return Number(row?.number);
}

describe('the statement of a batch', () => {
  test('is prepared once on a connection, as soon as that is known to have a process of the server for itself', async () => {
    const { store, dataSource } = await onOneConnection();
    for (let seq = 2; seq <= 8; seq++) await store.apply(0, batch(seq, { one: 1, two: 2 }));
    expect(await prepared(dataSource)).toBe(1);
    expect((await store.read(['one', 'two'], [0])).values).toEqual(
      new Map([
        ['one', '8'],
        ['two', '14'],
      ]),
    );
  });

  test('is never prepared where the connection was told of another process, as by a pooler', async () => {
    const { store, dataSource } = await onOneConnection(1);
    for (let seq = 2; seq <= 5; seq++) await store.apply(0, batch(seq, { one: 1 }));
    expect(await prepared(dataSource)).toBe(0);
    expect((await store.read(['one'], [0])).values).toEqual(new Map([['one', '5']]));
  });

  test('is sent once more, and no more prepared, where the session has forgotten it', async () => {
    const { store, dataSource } = await onOneConnection();
    for (let seq = 2; seq <= 4; seq++) await store.apply(0, batch(seq, { one: 1 }));
    expect(await prepared(dataSource)).toBe(1);
    await dataSource.query('DISCARD ALL');
    for (let seq = 5; seq <= 7; seq++) {
      const applied = await store.apply(0, batch(seq, { one: 1 }));
      expect(applied).toMatchObject({ status: 'applied', values: new Map([['one', `${seq}`]]) });
    }
    expect(await prepared(dataSource)).toBe(0);
  });
});
