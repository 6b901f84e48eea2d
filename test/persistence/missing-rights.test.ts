import { expect, onTestFinished, test, vi } from 'vitest';
import { Calendar } from '../../lib/windows/calendar.js';
import { COUNTER_STORE } from '../../lib/module/tokens.js';
import { BucketExpiry } from '../../lib/persisting/bucket-expiry.js';
import type { CounterStore } from '../../lib/database/counter-store.js';
import { CounterEvents } from '../../lib/events.js';
import { LateWindows } from '../../lib/persisting/late-windows.js';
import { OutboxRelay } from '../../lib/counting/outbox/outbox-relay.js';
import { EmbeddedPresence } from '../../lib/persisting/neighbours/embedded-presence.js';
import { type Application, startApplication } from '../support/application.js';
import { newDatabase } from '../support/surroundings.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const DAY = 86_400_000;
const retention = { minute: DAY, hour: DAY, day: DAY, week: DAY, month: DAY };

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
  await app.close();
  const expiry = new BucketExpiry(store, events, new Calendar('UTC'), retention);
  await expiry.expireIfAllowed();
  expect(told).toEqual([]);
});

/** An application whose database can be cut off, and what parts of their own tell. */
async function cutOff() {
  const proxy = await startTcpProxy(await newDatabase());
  onTestFinished(() => proxy.stop());
  const application = await started({ mode: 'embedded', databaseUrl: proxy.url });
  const events = new CounterEvents();
  return {
    ...application,
    events,
    problems: () => events.misconfigurations.list(),
    cut: () => {
      proxy.refuse(true);
      proxy.cut();
    },
    mend: () => proxy.refuse(false),
  };
}

type CutOff = Awaited<ReturnType<typeof cutOff>>;

const calendar = new Calendar('UTC');
const expiring = ({ store, events }: CutOff, isSpared: () => boolean) => {
  const expiry = new BucketExpiry(store, events, calendar, retention, isSpared);
  return { round: () => expiry.expireIfAllowed(), nextPause: () => expiry.nextPause() };
};
const taking = ({ store, events }: CutOff, isSpared: () => boolean) => {
  const refresher = { refresh: () => Promise.resolve() };
  const late = new LateWindows(
    { closings: store.closings, calendar, events, refresher },
    { late: 'park', acceptPast: DAY, retention },
    isSpared,
  );
  return { round: () => late.lookIfAllowed(), nextPause: () => late.nextPause() };
};

test.each([
  ['to delete expired windows', 'DELETE', 'fast_counter_bucket', expiring],
  ['to look for late counts', 'SELECT', 'fast_counter_closing', taking],
] as const)(
  'the right %s is noticed when it is granted, also behind an outage, and where another process leads by then',
  async (_, missing, table, partOf) => {
    const application = await cutOff();
    const { problems, cut, mend } = application;
    let isSpared = false;
    const { round, nextPause } = partOf(application, () => isSpared);
    await right(application, `REVOKE ${missing} ON FROM`, table);
    await round();
    expect(problems()).toHaveLength(1);
    expect(nextPause()).toBeLessThan(120_000);
    cut();
    await round();
    expect(problems()).toHaveLength(1);
    mend();
    isSpared = true;
    await right(application, `GRANT ${missing} ON TO`, table);
    await expect.poll(() => round().then(problems)).toEqual([]);
    expect(nextPause()).toBeGreaterThan(120_000);
  },
);

test('the rights on the outbox are noticed when they are granted, also where another process leads by then', async () => {
  const application = await cutOff();
  const { store, events, problems, cut, mend } = application;
  let leads = true;
  const countSome = () => Promise.reject(new Error('There is nothing to count'));
  const parts = { outbox: store.outbox, events, rows: { countSome }, leads: () => leads };
  const relay = new OutboxRelay(parts, 20);
  await right(application, 'REVOKE SELECT ON FROM', 'fast_counter_outbox');
  relay.start();
  onTestFinished(() => relay.stop());
  await expect.poll(problems).toHaveLength(1);
  leads = false;
  cut();
  const looks = vi.spyOn(store.outbox, 'last');
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(2);
  expect(problems()).toHaveLength(1);
  mend();
  await right(application, 'GRANT SELECT ON TO', 'fast_counter_outbox');
  await expect.poll(problems).toEqual([]);
});

test('rows of embedded processes are removed with each look until that is allowed, also behind an outage', async () => {
  const application = await cutOff();
  const { events, problems, cut, mend } = application;
  const { ownLedger } = application.store;
  if (ownLedger === undefined) throw new Error('An embedded process has a ledger of its own');
  await right(application, 'REVOKE DELETE ON FROM', 'fast_counter_ledger');
  const presence = new EmbeddedPresence(ownLedger, events, 20);
  presence.start();
  onTestFinished(() => void presence.stop());
  await expect.poll(problems).toHaveLength(1);
  const looks = vi.spyOn(ownLedger, 'touch');
  const removals = vi.spyOn(ownLedger, 'removeAbandoned');
  cut();
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(3);
  mend();
  looks.mockClear();
  removals.mockClear();
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(10);
  expect(removals.mock.calls.length * 2).toBeGreaterThan(looks.mock.calls.length);
  await right(application, 'GRANT DELETE ON TO', 'fast_counter_ledger');
  await expect.poll(problems).toEqual([]);
});
