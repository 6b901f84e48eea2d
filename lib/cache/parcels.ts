import type { Int64String } from '../words/int64.js';
import type { Wake } from './wake.js';

/** Counts put aside, not counted any more. */
export interface Parcel {
  id: string;
  /** When, in milliseconds since 1970; absent for what overflowed or was refused, which each gather in one parcel. */
  at?: number;
  /** Number of its entries. */
  counters: number;
  /** What the database said of the last entries, where it refused them. */
  error?: string;
}

/** Counters whose rows the database refuses for good, and what it said. */
export interface Refusal {
  error: string;
  names: readonly string[];
}

/** Part of a parcel. */
export interface ParcelPage {
  entries: ParcelEntry[];
  /** Where the next page begins; absent on the last. */
  cursor?: string;
}

export interface ParcelEntry {
  /** Identifies it in the parcel: several can be of one counter. */
  field: string;
  name: string;
  delta: Int64String;
}

export interface Replay {
  replayed: number;
  /** A job is to be made. */
  wake?: Wake;
  /** What stays in the parcel, and why: as with `add`. */
  refused: { field: string; reason: 'cold' | 'overflow' }[];
}

/** Id of the parcel that gathers what left the 64-bit range. */
export const OVERFLOWED = 'overflowed';

/** Id of the parcel that gathers what the database refuses for good. */
export const REFUSED = 'refused';

/** A second entry of a counter in a parcel; no counter name holds a zero byte. */
export const parcelField = (name: string, tag: string | number): string => `${name}\0${tag}`;

export function counterOf(field: string): string {
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
