import { expect, test } from 'vitest';
import type { Operation } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, MAX, MIN, set } from '../partition.js';

/** Numbers that repeat from run to run (mulberry32), from 0 to below the bound. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** A 64-bit value, of any size, often near an edge of the range or of a limb. */
function anyValue(random: (bound: number) => number): bigint {
  const small = BigInt(random(1000)) - 500n;
  const edges = [0n, MAX, MIN, 2n ** 53n, -(2n ** 61n), 10n ** 7n, 10n ** 14n, -(10n ** 14n)];
  const edge = edges[random(edges.length)] ?? 0n;
  const any = BigInt.asIntN(64, BigInt(random(2 ** 32)) * BigInt(random(2 ** 32)) * 2n + small);
  const value = [edge + small, any, any >> BigInt(random(63)), small][random(4)] ?? 0n;
  return value > MAX ? MAX : value < MIN ? MIN : value;
}

const inRange = (value: bigint): boolean => value >= MIN && value <= MAX;

/** A counter as the cache should have it: the parts, and what is in them after each write. */
class Expected {
  pending = 0n;

  constructor(
    readonly name: string,
    readonly base: bigint,
    readonly batch: bigint,
  ) {}

  /** Answers what is expected of the operation. */
  write(operation: Operation): unknown {
    const value = BigInt(operation.value);
    const before = this.pending;
    const after = operation.kind === 'add' ? before + value : value - this.base - this.batch;
    if (!inRange(after) || !inRange(this.base + this.batch + after)) return { kind: 'overflow' };
    this.pending = after;
    if (operation.kind === 'add' && !operation.total) return undefined;
    const shown = operation.kind === 'add' ? after : before;
    const { base, batch } = this;
    return { kind: 'total', base: `${base}`, batch: `${batch}`, pending: `${shown}` };
  }
}

export function exactSums({ partition }: Subject): void {
  test.each([1, 2, 3])('sums are exact whatever the parts are, random numbers %i', async (seed) => {
    const random = randomNumbers(seed);
    const counters = Array.from(
      { length: 400 },
      (_, index) => new Expected(`counter-${index}`, anyValue(random), anyValue(random)),
    );
    const p = await partition();
    await p.fill(Object.fromEntries(counters.map(({ name }) => [name, 0])));
    await p.sender.apply(...counters.map(({ name, batch }) => add(name, batch)));
    await p.claimed();
    await p.fill(Object.fromEntries(counters.map(({ name, base }) => [name, base])));

    for (const write of [add, set, addAndTotal, add, set, add, addAndTotal]) {
      const operations = counters.map(({ name }) => write(name, anyValue(random)));
      const expected = counters.map((counter, index) =>
        counter.write(operations[index] as Operation),
      );
      const { outcomes } = await p.sender.apply(...operations);
      expect(counters.map((_, index) => outcomes.get(index))).toEqual(expected);
      const { parts } = await p.cache.look(
        p.index,
        counters.map(({ name }) => name),
      );
      expect(parts.map(({ pending = '0' }) => pending)).toEqual(
        counters.map(({ pending }) => `${pending}`),
      );
    }
  });
}
