import type { Batch } from '../../cache/counter-cache.js';
import type { SqliteChangeLog } from '../changes/sqlite-change-log.js';
import type { SqliteClosedRows } from '../closing/sqlite-closed-rows.js';
import type { SqliteColumns } from '../columns/sqlite-columns.js';
import type { ApplyResult } from '../counter-store.js';
import { toFoundRows } from '../found-rows.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import { summed, takenOf } from '../outbox/moved-rows.js';
import { appliedOf, countedOf, isChange, isExpecting, namesOf } from '../sql/batch-entries.js';
import { RowAdder } from './batch.js';
import type { SqliteSession } from './session.js';
import { readLedger, writeLedger } from './statements/ledger.js';
import { valuesOrZero } from './statements/values.js';

export const NEW_LEDGER = { seq: 0, nonce: '', leftOut: [], refused: [], missing: 0 };

/** What the transaction of a batch writes besides the rows of counters. */
interface WrittenBeside {
  columns: SqliteColumns;
  changes: SqliteChangeLog | undefined;
  closedRows: SqliteClosedRows;
}

/** Applies batches, each in one transaction. */
export class SqliteBatchApplier {
  constructor(
    private readonly namespaces: Namespaces,
    private readonly beside: WrittenBeside,
  ) {}

  /** `note` gets the batch for the rows as they are. */
  apply(
    session: SqliteSession,
    partition: number,
    batch: Batch,
    note: (exact: Batch) => void = () => undefined,
  ): ApplyResult {
    const [{ ledger: name }, { seq, nonce }] = [this.namespaces, batch];
    const found = readLedger(session, name, partition);
    if (found === undefined && isEmbedded(this.namespaces)) {
      writeLedger(session, name, partition, { ...NEW_LEDGER, seq });
      return { status: 'superseded', ledgerSeq: seq };
    }
    const ledger = found ?? NEW_LEDGER;
    if (seq > ledger.seq) {
      return this.addTo(session, partition, { batch, missing: seq - ledger.seq - 1, note });
    }
    if (nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
    const { leftOut, refused, missing } = ledger;
    const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
    const names = namesOf(batch.entries).filter((each) => !without.has(each));
    const known = refused.length > 0 ? { leftOut, refused } : { leftOut };
    const values = valuesOrZero(session, this.namespaces, names);
    return { status: 'repeated', values, ...known, missing };
  }

  private addTo(
    session: SqliteSession,
    partition: number,
    { batch, missing, note }: { batch: Batch; missing: number; note: (exact: Batch) => void },
  ): ApplyResult {
    const [{ counters, ledger }, { seq, nonce }] = [this.namespaces, batch];
    const rows = new RowAdder(session, counters);
    const expecting = namesOf(batch.entries.filter(isExpecting));
    const stored = valuesOrZero(session, this.namespaces, expecting);
    const { exact, changed } = toFoundRows(this.beside.closedRows.before(session, batch), stored);
    note(exact);
    const { values: added, leftOut, refused } = rows.add(exact.entries.filter(isChange));
    const unchanged = namesOf(exact.entries.filter((entry) => !isChange(entry)));
    const values = new Map([...added, ...valuesOrZero(session, this.namespaces, unchanged)]);
    const removed = exact.entries.filter(({ name, remove }) => remove && values.has(name));
    const moved = rows.move(exact, values);
    const unremoved = [...rows.remove(namesOf(removed)), ...moved.stayed];
    this.beside.closedRows.after(session, appliedOf(exact, { leftOut, refused }));
    writeLedger(session, ledger, partition, { seq, nonce, leftOut, refused, missing });
    const step = { since: seq - missing - 1, seq, names: namesOf(exact.entries) };
    this.beside.changes?.write(session, partition, step);
    const counted = [...countedOf(exact, { leftOut, refused }), ...takenOf(moved.moved)];
    const missed = this.beside.columns.add(session, summed(counted));
    return {
      ...{ status: 'applied', values: moved.values, leftOut, missing },
      ...{ ...(refused.length > 0 && { refused }), ...(unremoved.length > 0 && { unremoved }) },
      ...{ ...(changed.length > 0 && { changed }), ...(missed.length > 0 && { missed }) },
    };
  }
}
