import { expect, test } from 'vitest';
import type { Outbox } from '../../../../lib/database/outbox/outbox.js';
import { CacheUnavailableError } from '../../../../lib/errors.js';
import { CounterEvents } from '../../../../lib/events.js';
import { OutboxRelay } from '../../../../lib/counting/outbox/outbox-relay.js';
import type { Round } from '../../../../lib/counting/outbox/row-counter.js';

const round = (found: string[], settled: string[], elsewhere: boolean): Round => ({
  ...{ found: new Set(found), settled: new Set(settled), elsewhere },
});

/** One whose rounds are these, and then the last of them again and again; the row that was made last is '5'. */
function relayOf(...rounds: Round[]) {
  let made = 0;
  const rows = {
    countSome: () => Promise.resolve(rounds[Math.min(made++, rounds.length - 1)] as Round),
  };
  const outbox = { last: () => Promise.resolve('5') } as Partial<Outbox> as Outbox;
  const events = new CounterEvents();
  const relay = new OutboxRelay({ outbox, events, rows, leads: () => false }, 1000);
  return { relay, rounds: () => made };
}

test('what was made after the call is not waited for, however much others count', async () => {
  const { relay, rounds } = relayOf(round(['6', '7'], ['6'], true));
  await relay.settle();
  expect(rounds()).toBe(2);
});

test('what others count is waited for, and does not keep it once they have counted', async () => {
  const { relay, rounds } = relayOf(
    round(['4', '6'], ['6'], true),
    round(['4'], [], true),
    round([], [], false),
  );
  await relay.settle();
  expect(rounds()).toBe(4);
});

test('it rejects where nothing can be counted, and at the end of the process', async () => {
  await expect(relayOf(round(['4'], [], false)).relay.settle()).rejects.toThrow(
    'Redis takes no increments',
  );
  const { relay } = relayOf(round(['4'], [], true));
  const settling = relay.settle();
  relay.end();
  await expect(settling).rejects.toThrow(CacheUnavailableError);
  await expect(settling).rejects.toThrow('Another process counts');
});
