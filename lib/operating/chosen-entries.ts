import type { ChangedEntry, ParcelEntry } from '../cache/parcels.js';
import { InvalidArgumentError, quote } from '../errors.js';
import { takeManyNames } from '../input/arguments.js';
import { checkCounterName } from '../input/counter-name.js';
import { inSlices } from '../words/slices.js';
import { asTheyAre, counterOf, type ParkedCount, parkedCount } from './parked-entry.js';

/** Up to this number of names, each is looked up by itself; with more, the whole parcel is read. */
const FEW = 10;

/** Which entries of a parcel somebody means. */
export interface ChosenEntries {
  /** How the names begin that are asked for one by one; undefined: the whole parcel is read. */
  readonly prefixes: Iterable<string | undefined>;
  includes(entry: ParcelEntry, prefix: string | undefined): boolean;
  /** Whether each of those that were given was found: no other one is meant. */
  readonly isDone: boolean;
  /** What is to be tried once more, as it is now, of entries that have changed since they were read. */
  anew(entries: readonly ParcelEntry[], changed: readonly ChangedEntry[]): ParcelEntry[];
  /** Counters with entries that are not as they were given. */
  readonly changed: Iterable<string>;
}

/** By what a caller gave: nothing for the whole parcel, names of counters, or entries. */
export async function readChosen(given: unknown, method: string): Promise<ChosenEntries> {
  if (given === undefined) return new NamedEntries(undefined);
  const items = takeManyNames(given, 'names or entries');
  if (items.some((item) => typeof item === 'object' && item !== null)) {
    const seen = new SeenEntries();
    await inSlices(items, (item) => seen.add(checkEntry(item, method)));
    return seen;
  }
  const names = new Set<string>();
  await inSlices(items, (name) => {
    checkCounterName(name);
    names.add(name);
  });
  return new NamedEntries(names);
}

function checkEntry(item: unknown, method: string): ParkedCount {
  const { name, delta, start } = (item ?? {}) as Partial<ParkedCount>;
  const isWhole = start === undefined || start instanceof Date;
  if (typeof name === 'string' && typeof delta === 'bigint' && isWhole) return item as ParkedCount;
  throw new InvalidArgumentError(
    `${method} takes names of counters, or entries as entries() answers them, and not ${quote(item)}`,
  );
}

/** Nobody has looked at the amounts: what has changed meanwhile is meant as well. */
class NamedEntries implements ChosenEntries {
  readonly prefixes: Iterable<string | undefined>;
  readonly changed = [];
  readonly isDone = false;

  constructor(private readonly names: ReadonlySet<string> | undefined) {
    // a few names are asked for one by one: what is not asked for is not answered
    this.prefixes = names !== undefined && names.size <= FEW ? names : [undefined];
  }

  includes(entry: ParcelEntry, prefix: string | undefined): boolean {
    const counter = counterOf(entry);
    return prefix === undefined ? (this.names?.has(counter) ?? true) : counter === prefix;
  }

  readonly anew = asTheyAre;
}

/** Somebody has decided about these: what has changed since, nobody has decided about. */
class SeenEntries implements ChosenEntries {
  readonly prefixes = [undefined];
  readonly changed = new Set<string>();
  /** How many there are of each. */
  private readonly seen = new Map<string, number>();
  private readonly counters = new Set<string>();
  /** A page may answer an entry of another page once more. */
  private readonly met = new Set<string>();
  private open = 0;

  get isDone(): boolean {
    return this.open === 0;
  }

  add(entry: ParkedCount): void {
    const key = keyOf(entry);
    this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    this.counters.add(placeOf(entry));
    this.open++;
  }

  includes(entry: ParcelEntry): boolean {
    const found = parkedCount(entry);
    if (!this.counters.has(placeOf(found)) || this.met.has(entry.field)) return false;
    this.met.add(entry.field);
    const key = keyOf(found);
    const left = this.seen.get(key) ?? 0;
    if (left === 0) {
      this.changed.add(found.name);
      return false;
    }
    this.seen.set(key, left - 1);
    this.open--;
    return true;
  }

  anew(entries: readonly ParcelEntry[], changed: readonly ChangedEntry[]): ParcelEntry[] {
    for (const entry of asTheyAre(entries, changed)) this.changed.add(counterOf(entry));
    return [];
  }
}

/** A counter, or one of its windows: several entries may be of it. */
const placeOf = ({ name, window, start }: ParkedCount): string =>
  `${name}\0${window ?? ''}\0${start?.getTime() ?? ''}`;

const keyOf = (entry: ParkedCount): string =>
  `${placeOf(entry)}\0${entry.delta}\0${entry.operation ?? ''}\0${entry.value ?? ''}`;
