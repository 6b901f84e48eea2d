import { INT64_MAX, INT64_MIN } from '../../words/int64.js';

/** Whole numbers that a column can hold, both ends included. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

/** The primary key of a table: its type, as the database names it, and which texts are values of it. */
export interface KeyType {
  readonly type: string;
  readonly isText: boolean;
  /** Whether the text is a value of the key, in the one way to write it: `7` and not `07`. */
  isKey(text: string): boolean;
}

const BITS: Readonly<Record<string, number>> = {
  ...{ tinyint: 8, smallint: 16, int2: 16, mediumint: 24 },
  ...{ int: 32, int4: 32, integer: 32, bigint: 64, int8: 64 },
};
const TEXTS: readonly string[] = ['character varying', 'varchar', 'text'];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WHOLE = /^(?:0|-?[1-9]\d{0,19})$/;

/** Every integer of SQLite has 64 bits, whatever its type is called. */
export function rangeOf(type: string, isUnsigned: boolean, isSqlite: boolean): Range | undefined {
  const bits = BITS[type];
  if (bits === undefined) return undefined;
  if (isSqlite) return { min: INT64_MIN, max: INT64_MAX };
  if (isUnsigned) return { min: 0n, max: 2n ** BigInt(bits) - 1n };
  const end = 2n ** BigInt(bits - 1);
  return { min: -end, max: end - 1n };
}

export const isWithin = (value: bigint, { min, max }: Range): boolean =>
  value >= min && value <= max;

/** Undefined for a type that no key may have. */
export function keyTypeOf(type: string, range: Range | undefined): KeyType | undefined {
  if (range !== undefined) {
    const isKey = (text: string): boolean => WHOLE.test(text) && isWithin(BigInt(text), range);
    return { type, isText: false, isKey };
  }
  if (type === 'uuid') return { type, isText: false, isKey: (text) => UUID.test(text) };
  return TEXTS.includes(type) ? { type, isText: true, isKey: () => true } : undefined;
}
