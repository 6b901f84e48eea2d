import type { ParkedCount } from '../../operating/parked-entry.js';
import type { ParkedParcel } from '../../operating/parked-counts.js';
import { shortIds } from '../../operating/short-ids.js';
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

/** The entries of a parcel, of all counters or of the named ones. */
export async function entriesOf(
  { parked }: Observer,
  id: string,
  only: readonly string[],
): Promise<ParkedCount[]> {
  const entries: ParkedCount[] = [];
  for await (const entry of parked.entries(id)) {
    if (only.length === 0 || only.includes(entry.name)) entries.push(entry);
  }
  const missing = only.find((name) => !entries.some((entry) => entry.name === name));
  if (missing === undefined) return entries;
  throw new Refusal(`The parcel has nothing of the counter ${JSON.stringify(missing)}`);
}

/** What a command is to replay or to discard. */
export interface Chosen {
  id: string;
  entries: ParkedCount[];
  /** In a sentence. */
  what: string;
}

/** The entries of a parcel that the option `--only` leaves. Throws `Refusal` where there are none. */
export async function chosenOf(
  observer: Observer,
  given: string,
  options: Options,
): Promise<Chosen> {
  const only = textsOf(options, 'only');
  const { id } = await findParcel(observer, given);
  const entries = await entriesOf(observer, id, only);
  const what = `${entries.length} entries of ${id}, ${String(totalsOf(entries))} in totals`;
  return { id, entries, what };
}

/** Without a name, the sum says nothing: totals, windows and parts are entries of their own. */
export const totalsOf = (entries: readonly ParkedCount[]): bigint =>
  entries.reduce((sum, { window, delta }) => (window === undefined ? sum + delta : sum), 0n);

/** As many entries as one call takes. */
const TOGETHER = 100_000;

/** All of them, in calls of bounded size. */
export async function inCalls(
  entries: readonly ParkedCount[],
  call: (some: readonly ParkedCount[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < entries.length; from += TOGETHER) {
    await call(entries.slice(from, from + TOGETHER));
  }
}

/** What a command says of entries that were not as it had read them. */
export const changedSince = (entries: number): string =>
  `${entries} of them changed since they were read, or somebody else has replayed or discarded them: nothing was done about these. ` +
  'Look again by "fastcounter parked show"';
