import type { OwnLedger } from '../counter-store.js';
import { embeddedPrefix, type Namespaces } from '../namespaces.js';
import type { MemoryLedger, MemoryTables } from './memory-tables.js';

const RECENT = 60_000;
const ABANDONED = 7 * 86_400_000;

/** Ledgers of embedded processes, and when they were written or marked last within the last minute. */
export function recentLedgers(
  tables: MemoryTables,
  { counters }: Pick<Namespaces, 'counters'>,
): Map<string, string> {
  const recent = new Map<string, string>();
  for (const name of tables.ledgerNames()) {
    const last = lastOf(tables, name);
    if (!name.startsWith(embeddedPrefix(counters)) || last === undefined) continue;
    if (isRecent(tables, last.at)) recent.set(name, String(last.times));
  }
  return recent;
}

export class MemoryOwnLedger implements OwnLedger {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespaces: Namespaces,
  ) {}

  async touch(): Promise<ReadonlyMap<string, string>> {
    const { tables, namespaces } = this;
    const { counters, ledger } = namespaces;
    for (const [partition, row] of tables.ledgersOf(ledger)) {
      tables.writeLedger(namespaces, partition, row);
    }
    const others = recentLedgers(tables, namespaces);
    others.delete(ledger);
    const note = tables.notes.get(counters);
    if (note !== undefined && isRecent(tables, note.at)) others.set(counters, String(note.at));
    return Promise.resolve(others);
  }

  async removeAbandoned(): Promise<void> {
    const { tables, namespaces } = this;
    for (const name of tables.ledgerNames()) {
      if (name === namespaces.ledger) continue;
      if (!name.startsWith(embeddedPrefix(namespaces.counters))) continue;
      const rows = tables.ledgersOf(name);
      for (const [partition, { at }] of rows) {
        if (at < tables.now() - ABANDONED) rows.delete(partition);
      }
    }
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    this.tables.removeLedgers(this.namespaces.ledger);
    return Promise.resolve();
  }
}

/** The ledger row that was written last. */
export const lastOf = (tables: MemoryTables, ledger: string): MemoryLedger | undefined =>
  [...tables.ledgersOf(ledger).values()].sort(
    (one, other) => other.at - one.at || other.times - one.times,
  )[0];

const isRecent = (tables: MemoryTables, at: number): boolean =>
  Math.abs(tables.now() - at) <= RECENT;
