import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, MAX, MIN, type Partition, remove, set } from '../partition.js';

const overflow = { kind: 'overflow' };
const cold = { kind: 'cold' };
/** From here on a part counts as near the end of the range. */
const NEAR = 2n ** 61n;

export function ranges({ partition }: Subject): void {
  test.each([
    ['2^63 - 1', MAX, 1],
    ['-2^63', MIN, -1],
  ])('pending reaches %s and not further', async (_, edge, beyond) => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(add('a', edge));
    expect(await p.sender.outcome(add('a', beyond))).toEqual(overflow);
    expect(await p.parts('a')).toEqual({ base: '0', pending: String(edge) });
    expect(await p.sender.outcome(add('a', -beyond))).toBeUndefined();
    expect(await p.sender.outcome(add('a', beyond))).toBeUndefined();
    expect(await p.parts('a')).toEqual({ base: '0', pending: String(edge) });
  });

  test.each([
    ['upper', 1n, MAX],
    ['lower', -1n, MIN],
  ])(
    'near the end of the range an increment whose persisted value is not known is cold: %s end',
    async (_, one, edge) => {
      const p = await partition();
      const near = one * NEAR;
      // far enough for a double to tell
      const step = one * 1024n;
      for (const delta of [near, edge]) {
        expect(await p.sender.outcome(add('a', delta))).toEqual(cold);
      }
      expect(await p.parts('a')).toEqual({});
      expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });

      expect(await p.sender.outcome(add('a', near - step))).toBeUndefined();
      expect(await p.sender.outcome(add('a', step))).toEqual(cold);
      // whatever is persisted, this cannot be pending
      expect(await p.sender.outcome(add('a', edge))).toEqual(overflow);
      expect(await p.parts('a')).toEqual({ pending: `${near - step}` });
      await p.warm('a');
      expect(await p.sender.outcome(add('a', step))).toBeUndefined();
      expect(await p.parts('a')).toEqual({ base: '0', pending: `${near}` });
    },
  );

  test('over an open batch near the end an increment whose persisted value is not known is cold', async () => {
    const p = await partition({ baseTtl: 300 });
    await p.warm('a');
    await p.sender.apply(add('a', NEAR), add('b'));
    await p.claimed();
    await expect.poll(() => p.parts('a')).toEqual({ batch: `${NEAR}` });
    expect(await p.sender.outcome(add('a'))).toEqual(cold);
    expect(await p.sender.outcome(add('b'))).toBeUndefined();
    expect(await p.parts('a')).toEqual({ batch: `${NEAR}` });
    await p.fill({ a: MAX - NEAR });
    expect(await p.sender.outcome(add('a'))).toEqual(overflow);
    await p.fill({ a: MAX - NEAR - 1n });
    expect(await p.sender.outcome(add('a'))).toBeUndefined();
  });

  /** Near the edge, in the part that each line names. */
  const near: [string, (p: Partition, edge: bigint) => Promise<void>][] = [
    ['persisted', (p, edge) => p.warm('a', edge)],
    [
      'in the open batch',
      async (p, edge) => {
        await p.warm('a');
        await p.sender.apply(add('a', edge));
        await p.claimed();
      },
    ],
    [
      'pending over a small base',
      async (p, edge) => {
        await p.warm('a', edge < 0n ? -5 : 5);
        await p.sender.apply(add('a', edge < 0n ? edge + 5n : edge - 5n));
      },
    ],
    [
      'in all three parts together',
      async (p, edge) => {
        const third = edge / 3n;
        await p.warm('a');
        await p.sender.apply(add('a', third));
        await p.claimed();
        await p.warm('a', third);
        await p.sender.apply(add('a', edge - 2n * third));
      },
    ],
    [
      'persisted and acknowledged since',
      async (p, edge) => {
        await p.warm('a', edge < 0n ? edge + 1n : edge - 1n);
        await p.sender.apply(add('a', edge < 0n ? -1 : 1));
        await p.acknowledge(await p.claimed(), [['a', edge]]);
      },
    ],
  ];
  for (const [part, prepare] of near) {
    test.each([
      ['2^63 - 1', MAX, 1],
      ['-2^63', MIN, -1],
    ])(`a total of %s that is ${part} takes nothing more`, async (_, edge, beyond) => {
      const p = await partition();
      await prepare(p, edge);
      expect(await p.total('a')).toBe(edge);
      expect(await p.sender.outcome(add('a', beyond))).toEqual(overflow);
      expect(await p.sender.outcome(addAndTotal('a', beyond))).toEqual(overflow);
      expect(await p.total('a')).toBe(edge);
      expect(await p.sender.outcome(add('a', -beyond))).toBeUndefined();
      expect(await p.sender.outcome(addAndTotal('a', beyond))).toMatchObject({ kind: 'total' });
      expect(await p.total('a')).toBe(edge);
    });
  }

  test('a persisted value at the edge is known when cached bases are gone, from a batch', async () => {
    const p = await partition({ baseTtl: 20 });
    await p.sender.apply(add('a'));
    await p.fill({ small: 1 });
    await p.acknowledge(await p.claimed(), [['a', MAX]]);
    await expect.poll(() => p.parts('small')).toEqual({});
    expect(await p.sender.outcome(add('a'))).toEqual(overflow);
  });

  test('a persisted value at the edge is known when cached bases are gone, from a read', async () => {
    const p = await partition({ baseTtl: 20 });
    await p.sender.apply(add('other'));
    await p.fill({ a: MAX, small: 1 });
    await expect.poll(() => p.parts('small')).toEqual({});
    expect(await p.sender.outcome(add('a'))).toEqual(overflow);
  });

  test('a counter that came away from the edge takes increments again', async () => {
    const p = await partition();
    await p.fill({ a: MAX });
    await p.sender.apply(set('a', 5));
    await p.acknowledge(await p.claimed(), [['a', 5n]]);
    expect(await p.sender.outcome(add('a', MAX - 5n))).toBeUndefined();
    expect(await p.sender.outcome(add('a', 1))).toEqual(overflow);
    expect(await p.total('a')).toBe(MAX);
  });

  test('what leaves the range only on the way is applied', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 5));
    await p.claimed();
    await p.warm('a', -5);
    expect(await p.sender.outcome(set('a', MAX))).toMatchObject({ kind: 'total' });
    expect(await p.total('a')).toBe(MAX);
    expect(await p.sender.outcome(set('a', MIN + 1n))).toMatchObject({ kind: 'total' });
    expect(await p.total('a')).toBe(MIN + 1n);
  });

  test('one counter that overflows leaves the others of its request as they are', async () => {
    const p = await partition();
    await p.fill({ full: 0, empty: 0 });
    await p.sender.apply(add('full', MAX), add('empty', MIN));
    const names = Array.from({ length: 400 }, (_, index) => `counter-${index}`);
    const { outcomes } = await p.sender.apply(
      ...names.slice(0, 200).map((name) => add(name, 3)),
      add('full', 1),
      add('empty', -1),
      ...names.slice(200).map((name) => add(name, 3)),
    );
    expect(outcomes).toEqual(
      new Map([
        [200, overflow],
        [201, overflow],
      ]),
    );
    const { parts } = await p.cache.look(p.index, [...names, 'full', 'empty']);
    expect(parts.map(({ pending }) => pending)).toEqual([
      ...names.map(() => '3'),
      `${MAX}`,
      `${MIN}`,
    ]);
  });

  test('a refused increment leaves no trace that a worker would claim', async () => {
    const p = await partition();
    await p.warm('a', MAX);
    expect(await p.sender.apply(add('a'))).toMatchObject({
      status: 'applied',
      outcomes: new Map([[0, overflow]]),
      wake: undefined,
    });
    expect(await p.parts('a')).toEqual({ base: String(MAX) });
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
  });

  test('set reaches both ends of the range', async () => {
    const p = await partition();
    await p.warm('a');
    for (const edge of [MAX, 0n, MIN, -1n, MAX]) {
      expect(await p.sender.outcome(set('a', edge))).toMatchObject({ kind: 'total' });
      expect(await p.total('a')).toBe(edge);
    }
  });

  test('set to the value of a row at the lowest end changes nothing', async () => {
    const p = await partition();
    await p.warm('a', MIN);
    expect(await p.sender.outcome(set('a', MIN))).toMatchObject({ kind: 'total', base: `${MIN}` });
    expect(await p.parts('a')).toEqual({ base: String(MIN), pending: '0' });
  });

  test.each([
    ['without anything pending', undefined],
    ['with something pending', '-3'],
  ])('a set whose difference leaves the range changes nothing, %s', async (_, pending) => {
    const p = await partition();
    await p.warm('a', MAX);
    if (pending !== undefined) await p.sender.apply(add('a', BigInt(pending)));
    expect(await p.sender.outcome(set('a', -2))).toEqual(overflow);
    expect(await p.parts('a')).toEqual({ base: String(MAX), pending });
  });

  test('a delete whose difference leaves the range changes nothing and removes nothing', async () => {
    const p = await partition();
    await p.warm('a', MIN);
    await p.sender.apply(add('a', 0));
    expect(await p.sender.outcome(remove('a'))).toEqual(overflow);
    expect(await p.total('a')).toBe(MIN);
    expect((await p.claimed()).entries).toEqual([{ name: 'a', delta: '0', remove: false }]);
  });

  test('values beyond 2^53 are exact in every part', async () => {
    const p = await partition();
    const odd = 2n ** 53n + 1n;
    await p.sender.apply(add('a', odd));
    await p.claimed();
    await p.warm('a', odd);
    expect(await p.sender.outcome(addAndTotal('a', odd))).toEqual({
      kind: 'total',
      base: String(odd),
      batch: String(odd),
      pending: String(odd),
    });
    expect(await p.total('a')).toBe(3n * odd);
  });
}
