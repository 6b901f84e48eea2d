import { DataSource } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { startApplication } from '../support/application.js';

test('row level security that holds for the role is named at the start', async () => {
  const application = await startApplication();
  onTestFinished(() => application.close());
  const namespaces = { counters: application.namespace, ledger: application.namespace };
  const store = new SqlCounterStore(application.app.get(DataSource), namespaces);
  expect(await store.inspect([])).toEqual([]);

  await application.asOwner(
    'ALTER TABLE fast_counter ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON fast_counter USING (true)',
  );
  expect(await store.inspect([])).toEqual([
    {
      kind: 'warning',
      message: expect.stringContaining('on "fast_counter": rows that a policy hides') as string,
    },
  ]);
});
