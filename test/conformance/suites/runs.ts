import { expect, test } from 'vitest';
import type { Operation } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, LATER, MAX, MIN, type Partition, remove } from '../partition.js';

const NEAR = 10n ** 15n;

/** Sums of up to so many digits, with every way in which they can meet. */
const VALUES = [
  1n,
  -1n,
  NEAR - 1n,
  1n - NEAR,
  NEAR,
  -NEAR,
  2n ** 53n,
  -(2n ** 53n) - 1n,
  2n ** 59n,
];

async function pending(p: Partition, names: readonly string[]): Promise<bigint[]> {
  const { parts } = await p.cache.look(p.index, names);
  return parts.map((part) => BigInt(part.pending ?? 0));
}

/** Plain increments that come together: drivers may send and add them at once. */
export function runs({ partition }: Subject): void {
  test('sums of increments that come together are exact', async () => {
    const p = await partition();
    const names = VALUES.flatMap((a) => VALUES.map((b) => `${a} ${b}`));
    const first = VALUES.flatMap((a) => VALUES.map(() => a));
    const second = VALUES.flatMap(() => VALUES);
    await p.sender.apply(...names.map((name, index) => add(name, first[index])));
    await p.sender.apply(...names.map((name, index) => add(name, second[index])));
    const sums = first.map((value, index) => value + (second[index] ?? 0n));
    expect(await pending(p, names)).toEqual(sums);
  });

  test('many counters and delicate names come together', async () => {
    const p = await partition();
    const names = [...DELICATE_NAMES, ...Array.from({ length: 2500 }, (_, index) => `n${index}`)];
    await p.sender.apply(...names.map((name, index) => add(name, index - 7)));
    await p.sender.apply(...names.map((name) => add(name, 10)));
    const deltas = await p.drained();
    expect(deltas).toEqual(new Map(names.map((name, index) => [name, BigInt(index + 3)])));
  });

  test('a counter that comes twice counts twice, in its place', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1), add('b', 2), add('a', 4), add('a', 8), add('b', 16));
    expect(await pending(p, ['a', 'b'])).toEqual([13n, 18n]);
  });

  test('each interval is kept, also that of counters which wait already', async () => {
    const p = await partition();
    const dueNow = async (): Promise<number> => (await p.cache.sweep(p.index)).due;
    const later = { interval: LATER };
    await p.sender.apply(add('a', 1, later), add('b', 1, later), add('c', 1, later));
    expect(await dueNow()).toBe(0);
    await p.sender.apply(add('a', 1, { interval: 0 }), add('b', 1, { interval: 0 }));
    expect(await dueNow()).toBe(2);
    await p.sender.apply(add('a', 1, later), add('b', 1, later), add('c', 1, later));
    expect(await dueNow()).toBe(2);
    const longest = { interval: 2 * LATER };
    await p.sender.apply(
      add('x', 1, longest),
      add('y', 1, longest),
      add('x', 1, { interval: 0 }),
      add('y', 1, { interval: 0 }),
      add('x', 1, longest),
    );
    expect(await dueNow()).toBe(4);
    expect((await p.claimed()).entries.map(({ name, delta }) => [name, delta])).toEqual([
      ['a', '3'],
      ['b', '3'],
      ['x', '3'],
      ['y', '2'],
    ]);
  });

  test('what one refuses is told of that one, and the others count', async () => {
    const p = await partition();
    await p.warm('full', MAX);
    await p.warm('empty', MIN);
    const sent: Operation[] = [
      add('a'),
      add('full'),
      add('b', -1),
      add('empty', -1),
      add('c', MAX),
    ];
    const { outcomes } = await p.sender.apply(...sent);
    expect([...outcomes]).toEqual([
      [1, { kind: 'overflow' }],
      [3, { kind: 'overflow' }],
      [4, { kind: 'cold' }],
    ]);
    expect(await pending(p, ['a', 'full', 'b', 'empty', 'c'])).toEqual([1n, 0n, -1n, 0n, 0n]);
  });

  test('they take back a deletion', async () => {
    const p = await partition();
    await p.warm('a', 5);
    await p.warm('b', 5);
    await p.sender.apply(remove('a'), remove('b'));
    await p.sender.apply(add('a', 1), add('c', 1));
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-4', remove: false, expected: '5' },
      { name: 'b', delta: '-5', remove: true, expected: '5' },
      { name: 'c', delta: '1', remove: false },
    ]);
  });
}
