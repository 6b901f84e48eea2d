import { kindsOf, withoutBuckets } from '../closing/closed-parts.js';
import type { SqliteClosedRows } from '../closing/sqlite-closed-rows.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import type { OutboxRow } from '../outbox/outbox.js';
import { insert as insertCounted } from '../outbox/sqlite.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import type { SqliteSession } from '../sqlite/session.js';
import { hasTable } from '../sqlite/statements/inspection.js';
import {
  type CorrectionPlace,
  type CorrectionQuery,
  type CorrectionRow,
  type Corrections,
  correctionOf,
  type MadeCorrection,
  type NewCorrection,
} from './corrections.js';
import { count, find, insert, page } from './sqlite.js';

export class SqliteCorrections implements Corrections {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespace: string,
    private readonly closedRows: SqliteClosedRows,
  ) {}

  exists(): Promise<boolean> {
    return this.calls.read((session) => hasTable(session, CounterCorrection));
  }

  make(row: NewCorrection, counted: readonly OutboxRow[], known?: number): Promise<MadeCorrection> {
    return this.calls.write((session) => this.makeIn(session, row, counted, known));
  }

  count(name: string): Promise<number> {
    return this.calls.read((session) => count(session, this.namespace, name));
  }

  find(place: CorrectionPlace): Promise<CorrectionRow | undefined> {
    return this.calls.read((session) => {
      const row = find(session, this.namespace, place);
      return row && correctionOf(row);
    });
  }

  list(query: CorrectionQuery): Promise<CorrectionRow[]> {
    return this.calls.read((session) => page(session, this.namespace, query).map(correctionOf));
  }

  /** The transaction of `make()`: no other one writes meanwhile. */
  private makeIn(
    session: SqliteSession,
    row: NewCorrection,
    counted: readonly OutboxRow[],
    known: number | undefined,
  ): MadeCorrection {
    const { namespace } = this;
    if (known !== undefined && count(session, namespace, row.name) !== known) {
      return { status: 'overtaken' };
    }
    const found = find(session, namespace, row);
    if (found !== undefined) return { status: 'repeated', row: correctionOf(found) };
    const parts = this.closedRows.closedOf(session, counted);
    insert(session, namespace, { ...row, closed: kindsOf(parts) });
    const closed = this.closedRows.correct(session, parts);
    insertCounted(session, namespace, withoutBuckets(counted, closed));
    return { status: 'made', closed };
  }
}
