import { FastCounterError } from '../../errors.js';
import { hintOf } from '../../operating/judging/hint.js';
import { incidentsOf } from '../../operating/judging/parked-incidents.js';
import type { ParkedCount } from '../../operating/parked-entry.js';
import { shortIds } from '../../operating/short-ids.js';
import { slice } from '../../words/slices.js';
import type { Incident, ParcelAnswer, ParkedCounter } from './answers.js';
import { textOf } from './counters.js';
import { type Query, wrong } from './query.js';
import type { Sources } from './sources.js';

/** Counters that are shown, and whose rows are looked at. */
const SHOWN = 200;
/** Entries that are read to find them. */
const READ = 20_000;
/** Rows that are read at once. */
const TOGETHER = 8;
const MOST_EXPORTED = 200_000;

/** The page Parked. */
export class ParkedReader {
  constructor(private readonly sources: Sources) {}

  async incidents(): Promise<{ incidents: Incident[] }> {
    const parcels = await this.sources.parked.list();
    return { incidents: incidentsOf(parcels) };
  }

  /** The counters of a parcel: those with the largest amounts first, each with its row and a hint. */
  async parcel(query: Query): Promise<ParcelAnswer> {
    const id = query.required('id');
    const name = query.text('name');
    const parcels = await this.sources.parked.list();
    const parcel = parcels.find((it) => it.id === id);
    if (parcel === undefined) return { id, counters: [], entries: 0, sum: 0n, more: false };
    const short = shortIds(parcels.map((it) => it.id)).get(id);
    const { counters, entries, looked } = await this.grouped(id, (it) => it.startsWith(name));
    const all = [...counters.values()].sort((a, b) => (size(a.delta) < size(b.delta) ? 1 : -1));
    const shown = all.slice(0, SHOWN);
    const error = await this.addRows(shown);
    for (const counter of shown) counter.hint = hintOf(parcel.reason, counter);
    const sum = all.reduce((total, { delta }) => total + delta, 0n);
    return {
      id,
      short,
      counters: shown,
      entries,
      sum,
      more: looked !== undefined || all.length > shown.length,
      looked,
      error,
    };
  }

  /** The entries of a parcel, as text that can be read again. */
  async export(query: Query): Promise<string> {
    const id = query.required('id');
    const entries: object[] = [];
    for await (const entry of this.sources.parked.entries(id)) {
      if (entries.length === MOST_EXPORTED) {
        throw wrong(
          `A parcel of more than ${MOST_EXPORTED} entries is exported by the command line`,
        );
      }
      const { name, delta, window, start, operation, value } = entry;
      const to = operation && { operation, value: String(value) };
      entries.push({ name, delta: String(delta), window, start, ...to });
      await slice(1);
    }
    return JSON.stringify({ parcel: id, exportedAt: new Date(), entries }, undefined, 1);
  }

  private async grouped(
    id: string,
    isAsked: (name: string) => boolean,
  ): Promise<{ counters: Map<string, ParkedCounter>; entries: number; looked?: number }> {
    const counters = new Map<string, ParkedCounter>();
    let entries = 0;
    let read = 0;
    for await (const entry of this.sources.parked.entries(id)) {
      if (read++ === READ) return { counters, entries, looked: READ };
      if (!isAsked(entry.name)) continue;
      entries++;
      addEntry(counters, entry);
    }
    return { counters, entries };
  }

  /** Adds what the database has of them. Answers why it could not. */
  private async addRows(counters: readonly ParkedCounter[]): Promise<string | undefined> {
    try {
      for (let from = 0; from < counters.length; from += TOGETHER) {
        await Promise.all(counters.slice(from, from + TOGETHER).map((it) => this.addRow(it)));
      }
      return undefined;
    } catch (error) {
      if (error instanceof FastCounterError) return textOf(error);
      throw error;
    }
  }

  private async addRow(counter: ParkedCounter): Promise<void> {
    const { name } = counter;
    const [row] = await this.sources.counters.list({ prefix: name, limit: 1, bigint: true });
    counter.row = row?.name === name ? { value: row.value, updatedAt: row.updatedAt } : null;
  }
}

export function addEntry(
  counters: Map<string, ParkedCounter>,
  { name, delta, window, start, operation }: ParkedCount,
): void {
  const counter = counters.get(name) ?? {
    name,
    delta: 0n,
    entries: 0,
    windows: [],
    replaced: 0,
    hint: 'unknown',
  };
  counters.set(name, counter);
  counter.entries++;
  if (operation !== undefined) counter.replaced++;
  if (window === undefined || start === undefined) counter.delta += delta;
  else counter.windows.push({ window, start, delta });
}

const size = (delta: bigint): bigint => (delta < 0n ? -delta : delta);
