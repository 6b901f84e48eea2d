import { expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';

const MADE = new Date('2026-01-02T03:04:05Z');

test('what waits to be counted is seen behind any number of rows that wait for an operator', async () => {
  const application = await startApplication({ workers: false });
  onTestFinished(() => application.close());
  const { counters, dataSource, namespace } = application;
  const write = (rows: number, id: string, refused: string): Promise<unknown> =>
    dataSource.query(
      `INSERT INTO fast_counter_outbox
              (namespace, id, name, delta, windows, update_interval, made_at, taken_at, taken_by, refused)
       SELECT $1, $2 || lpad(i::text, 6, '0'), 'a', 1, '-', -1, $3, $3, '', $4 FROM generate_series(1, $5::int) AS i`,
      [namespace, id, MADE, refused, rows],
    );
  await write(10_001, 'a', 'why');
  await write(2, 'b', '');
  const outbox = async () => (await counters.status()).outbox;
  // a busy database may answer too late for one status
  await expect.poll(outbox).toMatchObject({ waiting: 2, refused: 10_000 });
  const age = Date.now() - MADE.getTime();
  expect((await outbox())?.oldestMs ?? age).toBeGreaterThan(age - 60_000);
});
