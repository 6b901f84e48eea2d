import type { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CounterEvents } from '../../lib/index.js';
import { EmbeddedPresence } from '../../lib/persisting/neighbours/embedded-presence.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { batch, rows, stores } from './databases.js';

/** The stores of embedded processes on one database, each with a ledger at seq 1. */
async function embedded(...ids: string[]) {
  const { dataSource } = await stores(1);
  const made = ids.map((id) => storeOf(dataSource, id));
  for (const { store } of made) await store.seed(0, () => Promise.resolve('seeded'));
  return { dataSource, made: made as [Made, Made] };
}

type Made = ReturnType<typeof storeOf>;

function storeOf(dataSource: DataSource, id: string) {
  const store = new SqlCounterStore(dataSource, { counters: 'store', ledger: `store@${id}` });
  const { ownLedger } = store;
  if (ownLedger === undefined) throw new Error('An embedded process has a ledger of its own');
  return { store, ownLedger };
}

function present({ ownLedger }: Made, interval = 50) {
  const events = new CounterEvents();
  const told: string[] = [];
  events.on('embeddedOverlap', ({ others, certain }) => told.push(`${others} ${String(certain)}`));
  const presence = new EmbeddedPresence(ownLedger, events, interval);
  const touched = vi.spyOn(ownLedger, 'touch');
  presence.start();
  onTestFinished(() => void presence.stop());
  /** Resolves when it has looked twice from now on. */
  const looks = async (): Promise<void> => {
    const before = touched.mock.calls.length;
    await expect.poll(() => touched.mock.calls.length).toBeGreaterThan(before + 2);
  };
  return { presence, told, events, looks };
}

const backdate = (dataSource: DataSource, id: string, age: string): Promise<unknown> =>
  dataSource.query(
    `UPDATE fast_counter_ledger SET updated_at = now() - $2::interval WHERE namespace = $1`,
    [`store@${id}`, age],
  );

describe('a batch whose ledger was removed', () => {
  test('is so for all who come with it at once, and what was applied since stays known', async () => {
    const { dataSource, made } = await embedded('a');
    const [{ store, ownLedger }] = made;
    await ownLedger.remove();
    const [second, third] = [batch(2, { name: 5 }), batch(3, { name: 7 })];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.apply(0, index < 7 ? second : third)),
    );
    for (const answer of answers.slice(0, 7)) expect(answer.status).toBe('superseded');
    for (let attempt = 0; attempt < 2; attempt++) {
      const before = await rows(dataSource);
      const again = await store.apply(0, third);
      if (answers[7]?.status === 'applied') {
        expect(again.status).toBe('repeated');
        expect(await rows(dataSource)).toEqual(before);
      } else expect(again.status).toBe('superseded');
    }
  });
});

describe('ledgers of ended processes', () => {
  test('are left to a batch that is at them, which does not wait', async () => {
    const { dataSource, made } = await embedded('a', 'b');
    const [a, b] = made;
    await backdate(dataSource, 'b', '8 days');
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`SELECT 1 FROM fast_counter_ledger WHERE namespace = 'store@b' FOR UPDATE`);
    await a.ownLedger.removeAbandoned();
    await b.ownLedger.touch();
    await runner.commitTransaction();
    await runner.release();
    expect(await b.store.apply(0, batch(2, { name: 1 }))).toMatchObject({ status: 'applied' });
  });
});

describe('the presence of embedded processes', () => {
  test('is certain when another one moves its ledger, also where it counts nothing', async () => {
    const { made } = await embedded('a', 'b');
    const a = present(made[0]);
    await expect.poll(() => a.told).toEqual(['1 false']);
    const b = present(made[1]);
    await expect.poll(() => a.told).toEqual(['1 false', '1 true']);
    await expect.poll(() => b.told).toContain('1 true');
    // once an incident
    await a.looks();
    expect(a.told).toHaveLength(2);
    await b.presence.stop();
    await b.presence.leave();
    await a.looks();
    await made[1].store.seed(0, () => Promise.resolve('again'));
    await expect.poll(() => a.told).toEqual(['1 false', '1 true', '1 false']);
  });

  test('waits for a database that is away', async () => {
    const { dataSource, made } = await embedded('a', 'b');
    await dataSource.query('ALTER TABLE fast_counter_ledger RENAME TO elsewhere');
    const a = present(made[0]);
    await a.looks();
    await dataSource.query('ALTER TABLE elsewhere RENAME TO fast_counter_ledger');
    await expect.poll(() => a.told).toEqual(['1 false']);
  });
});
