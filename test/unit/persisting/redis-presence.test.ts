import { expect, onTestFinished, test } from 'vitest';
import { CounterEvents } from '../../../lib/events.js';
import type { Pairing } from '../../../lib/persisting/neighbours/pairing.js';
import { RedisPresence } from '../../../lib/persisting/neighbours/redis-presence.js';

/** A process whose intervals are of a millisecond; `rounds` has the interval of each note that it made. */
function started({ isSpared = true, others = 0 } = {}) {
  const events = new CounterEvents();
  const found = { others };
  let intervals = 0;
  const rounds: number[] = [];
  const pairing = {
    subjects: ['two Redis', 'two databases'],
    note: () => {
      rounds.push(intervals);
      return Promise.resolve();
    },
  } as unknown as Pairing;
  const store = {
    embedded: () => Promise.resolve(Array.from({ length: found.others }, () => 'another')),
  };
  const spared = (): boolean => {
    intervals++;
    return isSpared;
  };
  const presence = new RedisPresence(pairing, store, 'test', events, {
    isSpared: spared,
    interval: 1,
  });
  onTestFinished(() => presence.stop().then(() => undefined));
  presence.start();
  const atLeast = async (number: number): Promise<void> => {
    await expect.poll(() => rounds.length).toBeGreaterThanOrEqual(number);
  };
  return { rounds, atLeast, events, found };
}

test('a process that is spared notes the servers twice at its start, and then now and then', async () => {
  const { rounds, atLeast } = started();
  await atLeast(4);
  // the first two are not asked for
  expect(rounds.slice(0, 4)).toEqual([0, 0, 9, 18]);
});

test('a process that is not spared notes the servers at each interval', async () => {
  const { rounds, atLeast } = started({ isSpared: false });
  await atLeast(6);
  expect(rounds.slice(0, 6)).toEqual([0, 0, 1, 2, 3, 4]);
});

test('a process that has found another one looks at each interval until that has ended', async () => {
  const { rounds, atLeast, events, found } = started({ others: 1 });
  await atLeast(6);
  expect(events.misconfigurations.list()).toHaveLength(1);
  // nobody asks whether it is spared as long as it has found something
  expect(rounds.slice(2, 6)).toEqual([0, 0, 0, 0].map(() => expect.any(Number) as number));
  found.others = 0;
  await expect.poll(() => events.misconfigurations.list()).toEqual([]);
  const ended = rounds.length;
  await atLeast(ended + 2);
  const [first = 0, second = 0] = rounds.slice(-2);
  expect(second - first).toBe(9);
});
