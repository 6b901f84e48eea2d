import { expect, test } from 'vitest';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addAndTotal, LATER, MAX } from '../partition.js';

const HOUR = '1abc';
const DAY = '2abc';
const both = { buckets: [HOUR, DAY] };
const hourOf = (name: string): string => bucketName(name, HOUR);
const dayOf = (name: string): string => bucketName(name, DAY);

export function buckets({ partition }: Subject): void {
  test('an increment adds to the counter and to its buckets', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2, both), add('a', 3, { buckets: [DAY] }), add('a', 4));
    expect(await p.unpersisted('a')).toBe(9n);
    expect(await p.unpersisted(hourOf('a'))).toBe(2n);
    expect(await p.unpersisted(dayOf('a'))).toBe(5n);
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '9', remove: false },
      { name: hourOf('a'), delta: '2', remove: false },
      { name: dayOf('a'), delta: '5', remove: false },
    ]);
  });

  test('buckets are due with their counter', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2, { ...both, interval: LATER }));
    expect(await p.cache.sweep(p.index)).toMatchObject({ pending: 3, due: 0 });
    await p.cache.hasten(p.index);
    expect((await p.claimed()).entries).toHaveLength(3);
  });

  test('every name has buckets', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 2, both)));
    const expected = DELICATE_NAMES.flatMap((name) => [name, hourOf(name), dayOf(name)]);
    expect(await p.drained()).toEqual(new Map(expected.map((name) => [name, 2n])));
  });

  test('a total is that of the counter', async () => {
    const p = await partition();
    await p.warm('a', 10);
    expect(await p.sender.outcome(addAndTotal('a', 5, both))).toEqual({
      kind: 'total',
      base: '10',
      batch: '0',
      pending: '5',
    });
    expect(await p.unpersisted(dayOf('a'))).toBe(5n);
  });

  test('an idempotency key holds for the buckets too', async () => {
    const p = await partition();
    const sent = add('a', 2, { ...both, idempotencyKey: 'k' });
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.unpersisted('a')).toBe(2n);
    expect(await p.unpersisted(hourOf('a'))).toBe(2n);
  });

  test('a bucket that would leave the range keeps all from being counted', async () => {
    const p = await partition();
    await p.warm('a', -5);
    await p.warm(hourOf('a'), 0);
    await p.warm(dayOf('a'), MAX);
    const sent = add('a', 1, { ...both, idempotencyKey: 'k' });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'overflow' });
    expect(await p.unpersisted('a')).toBe(0n);
    expect(await p.unpersisted(hourOf('a'))).toBe(0n);
    await p.sender.apply(add(dayOf('a'), -1));
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.total(dayOf('a'))).toBe(MAX);
    expect(await p.unpersisted('a')).toBe(1n);
  });

  test('what one operation of a call counted stays when the next is refused', async () => {
    const p = await partition();
    await p.warm('a');
    const { outcomes } = await p.sender.apply(
      add('a', 5, both),
      add('a', MAX, both),
      add('b', 7),
      add('b', MAX - 7n),
      add('c', 1),
      add('c', -1),
      add('c', MAX - 1n),
    );
    expect([...outcomes]).toEqual([
      [1, { kind: 'overflow' }],
      [3, { kind: 'cold' }],
      [6, { kind: 'cold' }],
    ]);
    expect(await p.drained()).toEqual(
      new Map([
        ['a', 5n],
        ['b', 7n],
        ['c', 0n],
        [hourOf('a'), 5n],
        [dayOf('a'), 5n],
      ]),
    );
  });
}
