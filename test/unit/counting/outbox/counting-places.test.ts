import { expect, test } from 'vitest';
import { CacheUnavailableError } from '../../../../lib/errors.js';
import { CountingPlaces } from '../../../../lib/counting/outbox/counting-places.js';

/** Partitions by the last digit of a name. */
const partitionOf = (name: string): number => Number(name.at(-1));

function placesOf(given: { fence: number; generation?: string }[], ledger = 0) {
  const partitions = given.map((_, index) => index);
  const state = { looks: 0, setUps: [] as number[], ledger };
  const places = new CountingPlaces({
    cache: {
      look: (partition) => {
        state.looks++;
        return Promise.resolve({ ...given[partition], parts: [] });
      },
    },
    store: {
      read: (_, asked) =>
        Promise.resolve({
          values: new Map(),
          ledgers: new Map(asked.map((partition) => [partition, state.ledger])),
        }),
    },
    identity: () => Promise.resolve('redis-1'),
    setUp: (partition) => {
      state.setUps.push(partition);
      Object.assign(given[partition] ?? {}, { fence: 0, generation: 'new' });
      return Promise.resolve();
    },
    ...{ partitionOf, partitions },
  });
  return { places, state };
}

test('a place is a memory of a partition of this Redis', async () => {
  const { places } = placesOf([
    { fence: 1, generation: 'x' },
    { fence: 1, generation: 'y' },
  ]);
  const { of, isHere } = await places.toTake();
  expect([of('a0'), of('b0'), of('a1')]).toEqual(['redis-1 x', 'redis-1 x', 'redis-1 y']);
  expect([isHere(of('a0')), isHere('redis-1 gone'), isHere('redis-12 x'), isHere('')]).toEqual([
    ...[true, true, false, false],
  ]);
});

test('for rows that are taken for the first time Redis is not asked with each of them', async () => {
  const { places, state } = placesOf([{ fence: 1, generation: 'x' }]);
  for (let time = 0; time < 20; time++) await places.toTake();
  expect(state.looks).toBe(1);
});

test('a partition that was never used is set up before anything is counted there', async () => {
  const { places, state } = placesOf([{ fence: 1, generation: 'x' }, { fence: 0 }]);
  expect((await places.toTake()).of('a1')).toBe('redis-1 new');
  expect(state.setUps).toEqual([1]);
});

test('for rows that were taken before it is how it is now, of their partitions alone', async () => {
  const memories = [
    { fence: 1, generation: 'x' },
    { fence: 1, generation: 'y' },
  ];
  const { places, state } = placesOf(memories);
  await places.toTake();
  Object.assign(memories[1] ?? {}, { generation: 'z' });
  expect((await places.now(['a1', 'b1'])).of('a1')).toBe('redis-1 z');
  expect(state.looks).toBe(3);
});

test('where Redis is behind the database, nothing that was taken before is decided', async () => {
  const { places, state } = placesOf([{ fence: 5, generation: 'x' }], 6);
  await expect(places.now(['a0'])).rejects.toThrow(CacheUnavailableError);
  state.ledger = 5;
  expect((await places.now(['a0'])).of('a0')).toBe('redis-1 x');
});
