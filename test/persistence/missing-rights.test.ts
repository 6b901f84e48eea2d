import { expect, onTestFinished, test, vi } from 'vitest';
import { Calendar } from '../../lib/windows/calendar.js';
import { COUNTER_STORE } from '../../lib/module/tokens.js';
import { BucketExpiry } from '../../lib/persisting/bucket-expiry.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import { EmbeddedPresence } from '../../lib/persisting/neighbours/embedded-presence.js';
import { type Application, startApplication } from '../support/application.js';

const DAY = 86_400_000;

/** Of an application, and what was told of its database's set-up since. */
async function started(options: Parameters<typeof startApplication>[0]) {
  const application = await startApplication(options);
  onTestFinished(() => application.close());
  const told: string[] = [];
  application.events.on('misconfigured', ({ message }) => told.push(message));
  return { ...application, told, store: application.app.get<CounterStore>(COUNTER_STORE) };
}

const right = ({ asOwner }: Application, statement: string, table: string): Promise<void> =>
  asOwner(`${statement.replace(' ON', ` ON ${table}`)} fastcounter`);

test('the right to delete expired windows is missed by name, once until it is there', async () => {
  const application = await started({ mode: 'embedded', windows: { counters: [] } });
  const { store, events, told } = application;
  const retention = { minute: DAY, hour: DAY, day: DAY, week: DAY, month: DAY };
  const expiry = new BucketExpiry(store, events, new Calendar('UTC'), retention);
  await expiry.expireIfAllowed();
  expect(told).toEqual([]);

  await right(application, 'REVOKE DELETE ON FROM', 'fast_counter_bucket');
  for (let time = 0; time < 3; time++) await expiry.expireIfAllowed();
  expect(told).toEqual([expect.stringMatching(/windows.*DELETE on fast_counter_bucket.*denied/)]);
  expect(events.misconfigurations.list()).toHaveLength(1);
  // tried again soon, so that the problem does not outlive its cause
  expect(expiry.nextPause()).toBeLessThan(120_000);

  await right(application, 'GRANT DELETE ON TO', 'fast_counter_bucket');
  await expiry.expireIfAllowed();
  expect(expiry.nextPause()).toBeGreaterThan(120_000);
  expect(events.misconfigurations.list()).toEqual([]);
  await right(application, 'REVOKE DELETE ON FROM', 'fast_counter_bucket');
  await expiry.expireIfAllowed();
  expect(told).toHaveLength(2);
});

test('so are the rights of embedded processes on the ledger', async () => {
  const application = await started({ mode: 'embedded' });
  const { store, events, told } = application;
  const { ownLedger } = store;
  if (ownLedger === undefined) throw new Error('An embedded process has a ledger of its own');
  await right(application, 'REVOKE DELETE, UPDATE ON FROM', 'fast_counter_ledger');
  const presence = new EmbeddedPresence(ownLedger, events, 20);
  presence.start();
  onTestFinished(() => void presence.stop());
  await expect.poll(() => told).toHaveLength(2);
  expect(told[0]).toMatch(/UPDATE on fast_counter_ledger.*denied/);
  expect(told[1]).toMatch(/DELETE on fast_counter_ledger.*denied/);
  await right(application, 'GRANT UPDATE ON TO', 'fast_counter_ledger');
  await expect.poll(() => events.misconfigurations.list()).toHaveLength(1);
  expect(told).toHaveLength(2);
  // removing is tried with each look until it is allowed
  const looks = vi.spyOn(ownLedger, 'touch');
  const removals = vi.spyOn(ownLedger, 'removeAbandoned');
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(5);
  expect(removals.mock.calls.length * 2).toBeGreaterThan(looks.mock.calls.length);
  await right(application, 'GRANT DELETE ON TO', 'fast_counter_ledger');
  await expect.poll(() => events.misconfigurations.list()).toEqual([]);
});

test('a database that is away is no missing right', async () => {
  const { store, events, told, app } = await started({ mode: 'embedded' });
  const retention = { minute: DAY, hour: DAY, day: DAY, week: DAY, month: DAY };
  await app.close();
  const expiry = new BucketExpiry(store, events, new Calendar('UTC'), retention);
  await expiry.expireIfAllowed();
  expect(told).toEqual([]);
});
