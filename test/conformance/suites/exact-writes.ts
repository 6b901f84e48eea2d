import { expect, test } from 'vitest';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addAndTotal, remove, set } from '../partition.js';

export function exactWrites({ partition }: Subject): void {
  test('an increment with total answers base, open batch, and pending after it', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 20));
    await p.claimed();
    await p.warm('a', 100);
    await p.sender.apply(add('a', 3));
    expect(await p.sender.outcome(addAndTotal('a', 4))).toEqual({
      kind: 'total',
      base: '100',
      batch: '20',
      pending: '7',
    });
  });

  test('increments with total get the totals in their order', async () => {
    const p = await partition();
    await p.warm('a');
    const { outcomes } = await p.sender.apply(
      ...Array.from({ length: 100 }, () => addAndTotal('a')),
    );
    const totals = Array.from(outcomes.values(), (outcome) =>
      outcome.kind === 'total' ? Number(outcome.pending) : NaN,
    );
    expect(totals).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  test('without a cached base what needs a total is cold and not applied, and the rest is', async () => {
    const p = await partition();
    await p.warm('warm', 1);
    const { outcomes } = await p.sender.apply(
      addAndTotal('cold', 1),
      set('cold too', 5),
      remove('as cold'),
      add('plain', 2),
      addAndTotal('warm', 1),
    );
    const cold = { kind: 'cold' };
    expect([0, 1, 2, 3].map((index) => outcomes.get(index))).toEqual([cold, cold, cold, undefined]);
    expect(outcomes.get(4)).toMatchObject({ kind: 'total', base: '1', pending: '1' });
    for (const name of ['cold', 'cold too', 'as cold']) expect(await p.parts(name)).toEqual({});
    expect((await p.claimed()).entries.map(({ name }) => name).sort()).toEqual(['plain', 'warm']);
  });

  test('set makes the total the value whatever is persisted, claimed and pending', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 20));
    await p.claimed();
    await p.warm('a', 100);
    await p.sender.apply(add('a', 3));
    expect(await p.sender.outcome(set('a', 50))).toEqual({
      kind: 'total',
      base: '100',
      batch: '20',
      pending: '3',
    });
    expect(await p.total('a')).toBe(50n);
    expect(await p.parts('a')).toEqual({ base: '100', batch: '20', pending: '-70' });
  });

  test.each([0, -8, 8, 2n ** 62n, -(2n ** 62n)])('set to %s is what is read', async (value) => {
    const p = await partition();
    await p.warm('a', -7);
    await p.sender.apply(set('a', value));
    expect(await p.total('a')).toBe(BigInt(value));
    expect(await p.drained()).toEqual(new Map([['a', BigInt(value) + 7n]]));
  });

  test('set to the total that it is already is persisted as no change', async () => {
    const p = await partition();
    await p.warm('a', 5);
    await p.sender.apply(set('a', 5));
    expect(await p.drained()).toEqual(new Map([['a', 0n]]));
  });

  test('delete makes the total zero and has the row removed', async () => {
    const p = await partition();
    await p.warm('a', 9);
    await p.sender.apply(add('a', 1));
    expect(await p.sender.outcome(remove('a'))).toMatchObject({ base: '9', pending: '1' });
    expect(await p.total('a')).toBe(0n);
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-9', remove: true, expected: '9' },
    ]);
  });

  test('delete has its buckets removed too, or nothing where one of them is not known', async () => {
    const p = await partition();
    const buckets = ['1abc', '2abc'];
    const [hour = '', day = ''] = buckets.map((suffix) => bucketName('a', suffix));
    await p.warm('a', 9);
    await p.warm(hour, 4);
    await p.sender.apply(add('a', 1, { buckets }));
    const cold = { kind: 'cold', buckets };
    expect(await p.sender.outcome(remove('a', { buckets }))).toEqual(cold);
    expect(await p.total('a')).toBe(10n);
    await p.warm(day, 7);
    expect(await p.sender.outcome(remove('a', { buckets }))).toMatchObject({ base: '9' });
    for (const name of ['a', hour, day]) expect(await p.total(name)).toBe(0n);
    await p.sender.apply(add('a', 2, { buckets: ['2abc'] }));
    const entries = new Map((await p.claimed()).entries.map((entry) => [entry.name, entry]));
    expect(entries.get(hour)).toEqual({ name: hour, delta: '-4', remove: true, expected: '4' });
    expect(entries.get(day)).toMatchObject({ delta: '-5', expected: '7' });
    expect(entries.get('a')).toMatchObject({ delta: '-7', remove: false });
  });

  test.each([
    ['an increment', add('a', 1)],
    ['an increment with total', addAndTotal('a', 1)],
    ['a set', set('a', 1)],
  ])('%s after a delete keeps the row', async (_, later) => {
    const p = await partition();
    await p.warm('a', 9);
    await p.sender.apply(remove('a'));
    await p.sender.apply(later);
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-8', remove: false, expected: '9' },
    ]);
  });

  test('within one request the last of increment and delete decides about the row', async () => {
    const p = await partition();
    await p.warm('gone');
    await p.warm('kept');
    await p.sender.apply(add('gone', 2), remove('gone'), remove('kept'), add('kept', 2));
    const removed = new Map((await p.claimed()).entries.map((entry) => [entry.name, entry.remove]));
    expect(removed).toEqual(new Map(Object.entries({ gone: true, kept: false })));
  });

  test('what comes after the claim of a delete is a matter of the next batch', async () => {
    const p = await partition();
    await p.warm('a', 9);
    await p.sender.apply(remove('a'));
    const batch = await p.claimed();
    await p.sender.apply(add('a', 4));
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-9', remove: true, expected: '9' },
    ]);
    await p.acknowledge(batch, [['a', 0n]]);
    expect(await p.total('a')).toBe(4n);
    expect((await p.claimed()).entries).toEqual([{ name: 'a', delta: '4', remove: false }]);
  });

  test('a delete touches no counter with a name like it', async () => {
    const p = await partition();
    for (const name of DELICATE_NAMES) await p.warm(name, 1);
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name)), remove('a'));
    const removed = (await p.claimed()).entries.filter((entry) => entry.remove);
    expect(removed).toEqual([{ name: 'a', delta: '-1', remove: true, expected: '1' }]);
  });

  test('what comes behind an operation that waits for its base waits as well', async () => {
    const p = await partition();
    const { outcomes } = await p.sender.apply(
      add('other', 1),
      set('a', 100),
      add('a', 5),
      addAndTotal('a', 1),
      add('other', 1),
    );
    expect(outcomes).toEqual(
      new Map([
        [1, { kind: 'cold' }],
        [2, { kind: 'behind' }],
        [3, { kind: 'behind' }],
      ]),
    );
    expect(await p.unpersisted('other')).toBe(2n);
    expect(await p.unpersisted('a')).toBe(0n);
    await p.warm('a', 7);
    await p.sender.apply(set('a', 100), add('a', 5));
    expect(await p.total('a')).toBe(105n);
  });
}
