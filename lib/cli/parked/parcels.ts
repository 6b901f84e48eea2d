import type { ParkedCount } from '../../operating/parked-entry.js';
import type { ParkedParcel } from '../../operating/parked-counts.js';
import { shortIds } from '../../operating/short-ids.js';
import { InvalidArgumentError } from '../../errors.js';
import { textsOf } from '../arguments.js';
import type { Observer } from '../observer/observer.js';
import { Refusal } from '../refusal.js';
import type { Options, VerbOption } from '../verb.js';

export const ONLY: Readonly<Record<string, VerbOption>> = {
  only: { value: 'NAME', does: 'only the entries of this counter', multiple: true },
};

/** A parcel by its id, its short id, or by how its id begins. Throws `Refusal` where there is none, or several. */
export async function findParcel({ parked }: Observer, id: string): Promise<ParkedParcel> {
  const all = await parked.list();
  const short = shortIds(all.map((parcel) => parcel.id));
  const found = all.filter((parcel) => parcel.id === id || short.get(parcel.id) === id);
  const named = found.length > 0 ? found : all.filter((parcel) => parcel.id.startsWith(id));
  const [first, second] = named;
  if (first === undefined) {
    throw new Refusal(
      `There is no parcel ${JSON.stringify(id)}, or no more: "fastcounter parked" lists them`,
    );
  }
  if (second === undefined) return first;
  throw new Refusal(`Several parcels begin with ${JSON.stringify(id)}: give more of the id`);
}

/** The entries of a parcel, of all counters or of the named ones, read page by page. */
export async function* entriesOf(
  { parked }: Pick<Observer, 'parked'>,
  id: string,
  only: readonly string[],
): AsyncGenerator<ParkedCount, void, undefined> {
  const names = new Set(only);
  for await (const entry of parked.entries(id)) {
    if (names.size === 0 || names.has(entry.name)) yield entry;
  }
}

/** Those of which a function says so. */
export async function* entriesThat(
  entries: AsyncIterable<ParkedCount>,
  areMeant: (entry: ParkedCount) => boolean,
): AsyncGenerator<ParkedCount, void, undefined> {
  for await (const entry of entries) if (areMeant(entry)) yield entry;
}

/** What a command is to replay or to discard. */
export interface Chosen {
  id: string;
  /** Counters of the option `--only`. */
  only: readonly string[];
  count: number;
  /** The first of them. */
  entries: ParkedCount[];
  leftOut: number;
  /** In a sentence. */
  what: string;
  /** Entries of `set()`, `delete()` and the like, which were not asked for. */
  replacing: number;
}

/** Entries that a command shows. */
export const MOST = 100_000;

/** Which entries of a parcel the option `--only` leaves, or increments of them alone. Throws `Refusal` where there are none. */
export async function chosenOf(
  observer: Observer,
  given: string,
  options: Options,
  increments = false,
): Promise<Chosen> {
  const only = textsOf(options, 'only');
  const { id } = await findParcel(observer, given);
  const missing = new Set(only);
  let replacing = 0;
  const see = ({ name, operation }: ParkedCount): boolean => {
    missing.delete(name);
    if (!increments || operation === undefined) return true;
    replacing++;
    return false;
  };
  const found = await firstEntries(entriesThat(entriesOf(observer, id, only), see), MOST);
  const [first] = missing;
  if (first !== undefined) {
    throw new Refusal(`The parcel has nothing of the counter ${JSON.stringify(first)}`);
  }
  const { entries, leftOut, sum } = found;
  const count = entries.length + leftOut;
  const what = whatOf(count, id, sum);
  return { id, only, count, entries, leftOut, what, replacing };
}

export const whatOf = (entries: number, id: string, sum: bigint): string =>
  `${entries} entries of ${id}, ${String(sum)} in totals`;

/** The first of these entries, how many more there are, and the sum of all that are of totals. Keeps the first alone. */
export async function firstEntries(
  all: AsyncIterable<ParkedCount>,
  most: number,
): Promise<{ entries: ParkedCount[]; leftOut: number; sum: bigint }> {
  const entries: ParkedCount[] = [];
  let [leftOut, sum] = [0, 0n];
  for await (const entry of all) {
    sum += inTotals(entry);
    if (entries.length < most) entries.push(entry);
    else leftOut++;
  }
  return { entries, leftOut, sum };
}

/** Without a name, the sum says nothing: totals, windows and parts are entries of their own. */
export const inTotals = ({ window, delta }: ParkedCount): bigint =>
  window === undefined ? delta : 0n;

/** Entries of one call: so many a command holds. */
export const TOGETHER = 10_000;

/** Calls for entries of a parcel. Undefined where it is gone: somebody else has replayed or discarded the rest of it. */
export async function unlessGone<Answer>(
  { parked }: Observer,
  id: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const left = await parked.list();
    if (left.some((parcel) => parcel.id === id)) throw error;
    return undefined;
  }
}
