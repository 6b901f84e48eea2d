import type { Int64String } from '../../../words/int64.js';
import { isLarge } from '../../../words/int64.js';

/** Persisted values of counters, as `bases`, `older-bases` and `large` hold them in Redis. */
export interface Bases {
  /** When the younger ones were begun. */
  since: number;
  younger: Generation;
  /** A counter is in one of the two, never in both. */
  older: Generation;
  /** Values near the end of the range: they must be known when increments come. */
  large: Map<string, bigint>;
}

interface Generation {
  values: Map<string, bigint>;
  /** When all of them have expired, if nobody turns them before. */
  until: number;
}

const noGeneration = (): Generation => ({ values: new Map(), until: Infinity });

export const noBases = (): Bases => ({
  since: -Infinity,
  younger: noGeneration(),
  older: noGeneration(),
  large: new Map(),
});

/** A base lives for one ttl to two, or until there are too many: the older ones go together. */
export function turnBases(bases: Bases, now: number, ttl: number, most: number): void {
  const age = now - bases.since;
  if (age >= 0 && age < ttl && bases.younger.values.size < most) return;
  bases.older = bases.younger;
  bases.younger = { values: new Map(), until: now + 2.125 * ttl };
  bases.since = now;
}

export function fillBases(
  bases: Bases,
  values: ReadonlyMap<string, Int64String>,
  now: number,
  ttl: number,
  most: number,
): void {
  turnBases(bases, now, ttl, most);
  for (const [name, text] of values) {
    const value = BigInt(text);
    const { younger, older, large } = bases;
    // a text of its own: one that was cut from a longer text would keep all of that
    younger.values.set(younger.values.has(name) ? name : Buffer.from(name).toString(), value);
    older.values.delete(name);
    if (isLarge(value)) large.set(name, value);
    // it was, until somebody changed the row
    else large.delete(name);
  }
}

/** What is known of a value moves on with a batch. */
export function moveBase({ younger, older, large }: Bases, name: string, value: bigint): void {
  for (const { values } of [younger, older]) if (values.has(name)) values.set(name, value);
  if (isLarge(value)) large.set(name, value);
  else large.delete(name);
}

/** The cached value, unless it expired. */
export function cachedBase(bases: Bases, name: string, now: number): bigint | undefined {
  for (const { values, until } of [bases.younger, bases.older]) {
    const value = values.get(name);
    if (value !== undefined && until > now) return value;
  }
  return undefined;
}

/** The last persisted value, if it is known. */
export function persistedBase(bases: Bases, name: string, now: number): bigint | undefined {
  return bases.large.get(name) ?? cachedBase(bases, name, now);
}
