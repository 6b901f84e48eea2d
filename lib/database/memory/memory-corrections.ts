import {
  compareCorrections,
  type CorrectedWindow,
  type CorrectionPlace,
  type CorrectionQuery,
  type CorrectionRow,
  type Corrections,
  type MadeCorrection,
  type NewCorrection,
  partsOf,
} from '../corrections/corrections.js';
import { kindsOf, withoutBuckets } from '../closing/closed-parts.js';
import type { OutboxRow } from '../outbox/outbox.js';
import { MemoryClosings } from './memory-closings.js';
import type { MemoryTables } from './memory-tables.js';

/** Corrections of windows, in this memory. */
export class MemoryCorrections implements Corrections {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespace: string,
    private readonly closings = new MemoryClosings(tables, namespace),
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  make(row: NewCorrection, counted: readonly OutboxRow[], known?: number): Promise<MadeCorrection> {
    return Promise.resolve().then(() => this.makeNow(row, counted, known));
  }

  count(name: string): Promise<number> {
    return Promise.resolve(this.countOf(name));
  }

  find(place: CorrectionPlace): Promise<CorrectionRow | undefined> {
    return Promise.resolve(this.of(place).find(({ id }) => id === place.id));
  }

  list(query: CorrectionQuery): Promise<CorrectionRow[]> {
    const { name, withParts, window, from, to, after, limit } = query;
    const asked = this.rows.filter(
      (row) =>
        (row.name === name || (withParts && row.name.startsWith(partsOf(name)))) &&
        (row.window === window || row.windows.some((longer) => longer === window)) &&
        row.start >= from &&
        row.start < to,
    );
    const sorted = asked.sort(compareCorrections);
    const behind = sorted.filter((row) => !after || compareCorrections(row, after) > 0);
    return Promise.resolve(behind.slice(0, limit));
  }

  private makeNow(
    row: NewCorrection,
    counted: readonly OutboxRow[],
    known: number | undefined,
  ): MadeCorrection {
    if (known !== undefined && this.countOf(row.name) !== known) return { status: 'overtaken' };
    const found = this.of(row).find(({ id }) => id === row.id);
    if (found !== undefined) return { status: 'repeated', row: found };
    const parts = this.closings.closedOf(counted);
    const closed = this.closings.correct(parts);
    this.rows.push({ ...row, closed: kindsOf(parts) });
    this.tables.outboxOf(this.namespace).push(...withoutBuckets(counted, closed));
    return { status: 'made', closed };
  }

  private countOf(name: string): number {
    return this.rows.filter((row) => row.name === name).length;
  }

  private of({ name, window, start }: CorrectedWindow): CorrectionRow[] {
    return this.rows.filter(
      (row) => row.name === name && row.window === window && row.start === start,
    );
  }

  private get rows(): CorrectionRow[] {
    return this.tables.correctionsOf(this.namespace);
  }
}
