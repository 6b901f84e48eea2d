import type { Int64String } from '../words/int64.js';
import type { Wake } from './wake.js';

/** Counts that were put aside together, and are part of no total. */
export interface Parcel {
  /** Names the parcel within its partition. */
  id: string;
  /** When it was made, in milliseconds since 1970; absent for the parcels that gather overflowed and refused counts. */
  at?: number;
  /** Number of its entries. */
  counters: number;
  /** The last error with which the database refused a row; only of the parcel of refused counts. */
  error?: string;
}

/** Counters whose rows the database refuses for good, and its error. */
export interface Refusal {
  /** What the database said. */
  error: string;
  /** Names of the counters, or of their buckets. */
  names: readonly string[];
}

/** Some entries of a parcel. */
export interface ParcelPage {
  /** The entries. */
  entries: ParcelEntry[];
  /** Where the next page begins; absent on the last page. */
  cursor?: string;
}

/** Counts of one counter, or of one of its buckets, in a parcel. */
export interface ParcelEntry {
  /** Names the entry within its parcel: a counter can have several entries. */
  field: string;
  /** Name of the counter, or of its bucket. */
  name: string;
  /** How much was put aside. */
  delta: Int64String;
  /** Of an entry that stands for no increments. */
  replaces?: Replaced;
}

/** What set a counter or its bucket to a value: with the delta, the row comes to that value. */
export interface Replaced {
  /** By which operation. */
  operation: 'set' | 'delete';
  /** What the row held by then. */
  row: Int64String;
}

/** What a replay of a parcel did. */
export interface Replay {
  /** Number of entries that count again. */
  replayed: number;
  /** The job that is to be sent, if the partition asks for one. */
  wake?: Wake;
  /** Fields of the entries that stay in the parcel, and why: as with `add`. */
  refused: { field: string; reason: 'cold' | 'overflow' }[];
  /** Entries that were left as they are, as they are not as they were given. */
  changed: ChangedEntry[];
}

/** An entry as somebody saw it. */
export type SeenEntry = Pick<ParcelEntry, 'field' | 'delta'>;

/** An entry that is not as somebody saw it. */
export interface ChangedEntry {
  /** Names the entry within its parcel. */
  field: string;
  /** How much it is now; absent where the entry is gone. */
  delta?: Int64String;
}

/** Id of the parcel that gathers what left the 64-bit range. */
export const OVERFLOWED = 'overflowed';

/** Id of the parcel that gathers what the database refuses for good. */
export const REFUSED = 'refused';

/** A second entry of a counter in a parcel; no counter name holds a zero byte. */
export const parcelField = (name: string, tag: string | number): string => `${name}\0${tag}`;

/** Behind a tag that tells such entries apart, if any. */
export const replacedTag = ({ operation, row }: Replaced, tag: string | number = ''): string =>
  `${tag} ${operation}:${row}`;

const REPLACED = /\0[^\0]* (set|delete):(-?\d+)$/;

/** An entry by its field: the name of the counter, and what is behind it. */
export function entryOf(field: string, delta: Int64String): ParcelEntry {
  const [, operation, row] = REPLACED.exec(field) ?? [];
  const entry = { field, name: counterOf(field), delta };
  if (row === undefined) return entry;
  return { ...entry, replaces: { operation: operation as Replaced['operation'], row } };
}

export function counterOf(field: string): string {
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
