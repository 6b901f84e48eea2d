import { expect, test } from 'vitest';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Bounds } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, MAX, MIN } from '../partition.js';

const DAY = '2abc';
const dayOf = (name: string): string => bucketName(name, DAY);
const within = (bounds: Bounds, settings = {}) => ({ bounds, ...settings });

export function bounds({ partition }: Subject): void {
  test.each([
    [{ max: '10' }, 4, 6, 'total'],
    [{ max: '10' }, 4, 7, 'bounded'],
    [{ max: '-1' }, 0, -1, 'total'],
    [{ max: '-1' }, 0, 5, 'bounded'],
    [{ min: '0' }, 4, -4, 'total'],
    [{ min: '0' }, 4, -5, 'bounded'],
    [{ min: '-10' }, -9, -1, 'total'],
    [{ min: '-10' }, -9, -2, 'bounded'],
    [{ min: '0', max: '10' }, 5, 5, 'total'],
    [{ min: '0', max: '10' }, 5, 6, 'bounded'],
    [{ min: '0', max: '10' }, 5, -6, 'bounded'],
    [{ max: '100' }, 99, 1, 'total'],
    [{ max: '100' }, 9, 92, 'bounded'],
    [{ max: '0' }, -5, 5, 'total'],
    [{}, 5, 5, 'total'],
  ])('within %j, at %i, adding %i is %s', async (given, base, delta, kind) => {
    const p = await partition();
    await p.warm('a', base);
    const outcome = await p.sender.outcome(addAndTotal('a', delta, within(given)));
    const pending = kind === 'total' ? String(delta) : '0';
    expect(outcome).toEqual({ kind, base: String(base), batch: '0', pending });
    expect(await p.total('a')).toBe(BigInt(base) + BigInt(pending));
  });

  test('all parts of a total count', async () => {
    const p = await partition();
    await p.warm('a', 3);
    await p.sender.apply(add('a', 3));
    await p.claimed();
    await p.sender.apply(add('a', 3));
    const outcome = await p.sender.outcome(addAndTotal('a', 2, within({ max: '10' })));
    expect(outcome).toEqual({ kind: 'bounded', base: '3', batch: '3', pending: '3' });
    expect(await p.sender.outcome(addAndTotal('a', 1, within({ max: '10' })))).toMatchObject({
      kind: 'total',
    });
  });

  test('the persisted part has to be known', async () => {
    const p = await partition();
    expect(await p.sender.outcome(addAndTotal('a', 2, within({ max: '10' })))).toEqual({
      kind: 'cold',
    });
    expect(await p.parts('a')).toEqual({});
  });

  test('bounds can be about a bucket', async () => {
    const p = await partition();
    await p.warm(dayOf('a'), 8);
    const sent = addAndTotal('a', 2, {
      buckets: [DAY],
      bounds: { max: '10', bucket: DAY },
    });
    expect(await p.sender.outcome(sent)).toEqual({
      kind: 'total',
      base: '8',
      batch: '0',
      pending: '2',
    });
    expect(await p.sender.outcome(sent)).toMatchObject({ kind: 'bounded' });
    expect(await p.unpersisted('a')).toBe(2n);
    expect(await p.unpersisted(dayOf('a'))).toBe(2n);
  });

  test('an idempotency key is known before the bounds are looked at, and not kept by what they refuse', async () => {
    const p = await partition();
    await p.warm('a', 0);
    const sent = addAndTotal('a', 6, within({ max: '10' }, { idempotencyKey: 'k' }));
    const other = addAndTotal('a', 6, within({ max: '10' }, { idempotencyKey: 'other' }));
    expect(await p.sender.outcome(sent)).toMatchObject({ kind: 'total' });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.sender.outcome(other)).toMatchObject({ kind: 'bounded' });
    await p.sender.apply(add('a', -2));
    expect(await p.sender.outcome(other)).toMatchObject({ kind: 'total' });
    expect(await p.total('a')).toBe(10n);
  });

  test.each([
    [MAX, 1n, { min: '0' }],
    [MIN, -1n, { max: '0' }],
    [MAX - 5n, 6n, { max: `${MAX}` }],
    [MIN + 5n, -6n, { min: `${MIN}` }],
  ])('at %s adding %s leaves every bound', async (base, delta, given) => {
    const p = await partition();
    await p.warm('a', base);
    expect(await p.sender.outcome(addAndTotal('a', delta, within(given)))).toMatchObject({
      kind: 'bounded',
    });
    expect(await p.total('a')).toBe(base);
  });

  test('bounds at the ends of the range are exact', async () => {
    const p = await partition();
    await p.warm('a', MAX - 5n);
    const sent = addAndTotal('a', 5, within({ max: `${MAX}` }));
    expect(await p.sender.outcome(sent)).toMatchObject({ kind: 'total' });
    expect(await p.total('a')).toBe(MAX);
    await p.warm('b', MAX - 2n);
    const below = addAndTotal('b', 2, within({ max: `${MAX - 1n}` }));
    expect(await p.sender.outcome(below)).toMatchObject({ kind: 'bounded' });
  });
}
