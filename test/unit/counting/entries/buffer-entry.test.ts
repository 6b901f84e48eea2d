import { describe, expect, test } from 'vitest';
import { BufferEntry } from '../../../../lib/counting/entries/buffer-entry.js';
import { counter } from '../../../support/counting.js';

const MAX = 2n ** 63n - 1n;
const safe = Number.MAX_SAFE_INTEGER;

function entry(...deltas: (number | bigint)[]): BufferEntry {
  const made = new BufferEntry('add', counter('a'), 1000);
  for (const delta of deltas) expect(made.add(delta)).toBe(true);
  return made;
}

function caller(made: BufferEntry, delta: bigint) {
  made.add(delta);
  return made.addCaller(delta);
}

describe('the sum of an entry', () => {
  test.each<[string, (number | bigint)[], bigint]>([
    ['numbers', [1, 2, -5], -2n],
    ['bigints', [1n, 2n, -5n], -2n],
    ['both', [1, 2n, -5], -2n],
    ['nothing', [], 0n],
    ['numbers beyond 2^53', [safe, safe, safe], 3n * BigInt(safe)],
    ['numbers beyond 2^53 and back', [safe, 2, -safe], 2n],
    ['numbers below -2^53', [-safe, -safe, 1], -2n * BigInt(safe) + 1n],
    ['numbers after a large bigint', [2n ** 60n, safe, -3], 2n ** 60n + BigInt(safe) - 3n],
    ['a large bigint after numbers', [safe, 2n ** 60n], 2n ** 60n + BigInt(safe)],
    ['the largest value', [MAX], MAX],
    ['the smallest value', [-MAX, -1], -MAX - 1n],
    ['what comes back from the edge', [MAX, -1, 1], MAX],
    ['what cancels out', [2n ** 60n, -(2n ** 60n), 7], 7n],
  ])('is exact for %s', (_, deltas, sum) => {
    const made = entry(...deltas);
    expect(made.sum).toBe(sum);
    expect(made.value).toBe(String(sum));
  });

  test.each<[string, (number | bigint)[], number | bigint]>([
    ['the largest value by a number', [MAX], 1],
    ['the largest value by a bigint', [MAX], 1n],
    ['the largest value by much', [MAX - 5n, 5], safe],
    ['the smallest value by a number', [-MAX - 1n], -1],
    ['the smallest value by a bigint', [-MAX - 1n], -1n],
    ['the largest value through numbers', [MAX - BigInt(safe), safe], 1],
  ])('does not pass %s, and stays as it was', (_, deltas, delta) => {
    const made = entry(...deltas);
    const before = made.sum;
    expect(made.add(delta)).toBe(false);
    expect(made.sum).toBe(before);
  });
});

describe('the operation of an entry', () => {
  test('carries kind, name, sum and interval', () => {
    expect(entry(5)).toMatchObject({
      kind: 'add',
      name: 'a',
      value: '5',
      interval: 1000,
      total: false,
      idempotencyKey: undefined,
    });
    const keyed = new BufferEntry('set', counter('b'), 0, { idempotencyKey: 'key' });
    keyed.add(-7n);
    expect(keyed).toMatchObject({ kind: 'set', value: '-7', idempotencyKey: 'key' });
  });

  test('asks for the total only when somebody waits for it', () => {
    const made = entry(5);
    void caller(made, 1n);
    expect(made).toMatchObject({ value: '6', total: true });
  });
});

describe('those who wait for a total', () => {
  test('get the one just after their own increment', async () => {
    const made = entry(10);
    const first = caller(made, 1n);
    made.add(100);
    const second = caller(made, -5n);
    const third = caller(made, 2n);
    made.add(1000);
    made.answer(2108n);
    expect(await Promise.all([first, second, third])).toEqual([1011n, 1106n, 1108n]);
  });

  test('can be dropped with what they added, and the plain increments stay', async () => {
    const made = entry(10);
    const dropped = [caller(made, 1n), caller(made, 2n ** 62n)];
    made.add(5);
    made.dropTotals(new Error('no base'));
    for (const promise of dropped) await expect(promise).rejects.toThrow('no base');
    expect(made.sum).toBe(15n);
    expect(made).toMatchObject({ value: '15', total: false });
  });
});

describe('a rejected entry', () => {
  test('tells everybody who waits, and those who join later wait anew', async () => {
    const made = entry(1);
    const early = made.acknowledged;
    const replaced = made.replaced.promise;
    const total = caller(made, 1n);
    made.reject(new Error('too late'), 50);
    for (const promise of [early, total, replaced]) {
      await expect(promise).rejects.toThrow('too late');
    }
    const late = made.acknowledged;
    made.acknowledge();
    await expect(late).resolves.toBeUndefined();
    expect(made.since).toBe(50);
  });
});

describe('an entry', () => {
  test('of plain increments is joinable', () => {
    expect(entry(1).isJoinable).toBe(true);
  });

  test.each(['set', 'delete'] as const)('of a %s is not', (kind) => {
    expect(new BufferEntry(kind, counter('a'), 1000).isJoinable).toBe(false);
  });

  test.each([{ idempotencyKey: 'order-1' }, { bounds: { max: '10' } }])(
    'with %j is not',
    (settings) => {
      expect(new BufferEntry('add', counter('a'), 1000, settings).isJoinable).toBe(false);
    },
  );
});
