import type { Batch } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';
import { DatabaseUnavailableError } from '../../errors.js';
import type { Int64String } from '../../words/int64.js';
import { reasonOf } from '../../words/quote.js';
import type { SqlChangeLog } from '../changes/sql-change-log.js';
import type { SqlClosedRows } from '../closing/sql-closed-rows.js';
import type { SqlColumns } from '../columns/sql-columns.js';
import {
  type Moving,
  movingOf,
  rowsOf,
  summed,
  takenOf,
  withoutMoved,
} from '../outbox/moved-rows.js';
import type { OutboxStatements } from '../outbox/outbox-statements.js';
import type { ApplyResult } from '../counter-store.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { LedgerRow, SqlDialect } from '../dialects/sql-dialect.js';
import { toFoundRows } from '../found-rows.js';
import { isEmbedded, type Namespaces } from '../namespaces.js';
import type { SqlPersisted } from '../persisted/sql-persisted.js';
import { appliedOf, countedOf, isChange, isExpecting, isPlain, namesOf } from './batch-entries.js';
import { BatchParts } from './batch-parts.js';
import type { DatabaseCalls } from './database-calls.js';
import { changedMeanwhile, lockLedger, moveLedgerTo } from './ledger-lock.js';
import { underSavepoint } from './savepoint.js';

type Applied = Exclude<ApplyResult, { status: 'superseded' }>;

const KEPT = 'a trigger kept the row from being changed';

/** What the transaction of a batch writes besides the rows of counters. */
interface WrittenBeside {
  columns: SqlColumns;
  outbox: OutboxStatements;
  /** Where the application wants to be called. */
  persisted?: SqlPersisted | undefined;
  changes?: SqlChangeLog | undefined;
  closedRows: SqlClosedRows;
}

/**
 * Applies batches: a plain one in one statement, any other in a transaction, and one that the database refuses or that takes too long
 * part by part.
 */
export class BatchApplier {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly dialect: SqlDialect,
    private readonly namespaces: Namespaces,
    private readonly beside: WrittenBeside,
  ) {}

  async apply(partition: number, batch: Batch): Promise<ApplyResult> {
    let tooSlow: string | undefined;
    try {
      return await this.applyWhole(partition, batch);
    } catch (error) {
      if (!this.mayBeOfSomeRows(error)) throw error;
      if (this.dialect.isTooSlow(error.cause)) tooSlow = reasonOf(error.cause);
    }
    const result = await this.database.transaction((connection, renew) =>
      this.underLock({ connection, renew }, partition, batch, (exact, ledger) =>
        this.applyParts(connection, partition, exact, ledger, renew),
      ),
    );
    return result.status === 'superseded' ? result : { ...result, tooSlow };
  }

  private async applyWhole(partition: number, batch: Batch): Promise<ApplyResult> {
    const { entries } = batch;
    const { columns, persisted, changes } = this.beside;
    const isAlone = (persisted ?? changes) === undefined && !columns.concern(entries);
    if (isAlone && entries.every(isPlain)) {
      // all there is to do is one step, mostly: then nothing is open while the client is asked for the next
      const applied = await this.database.step((connection) =>
        this.addTo(connection, partition, batch),
      );
      if (applied !== undefined) return applied;
    }
    return this.database.transaction((connection, renew) =>
      this.underLock({ connection, renew }, partition, batch, (exact) =>
        this.applyTo(connection, partition, exact),
      ),
    );
  }

  /** Whether the database may take a part of the batch. */
  private mayBeOfSomeRows(error: unknown): error is DatabaseUnavailableError {
    if (!(error instanceof DatabaseUnavailableError)) return false;
    return this.dialect.isRefusal(error.cause) || this.dialect.isTooSlow(error.cause);
  }

  /** Applies the batch if the ledger is behind it, else looks whether it was. */
  private async underLock(
    { connection, renew }: { connection: SqlConnection; renew: () => void },
    partition: number,
    batch: Batch,
    apply: (exact: Batch, ledger: LedgerRow) => Promise<Applied>,
  ): Promise<ApplyResult> {
    await this.dialect.limitStatements(connection, this.database.patience);
    const { dialect, namespaces } = this;
    const { ledger, isNew } = await lockLedger(dialect, connection, namespaces.ledger, partition);
    if (isNew && isEmbedded(namespaces)) {
      const where = { namespace: namespaces.ledger, partition };
      return moveLedgerTo(dialect, connection, where, ledger, batch.seq);
    }
    if (batch.seq > ledger.seq) {
      const { closedRows } = this.beside;
      const staying = await closedRows.before(connection, batch);
      const found = await this.valuesOf(connection, namesOf(batch.entries.filter(isExpecting)));
      const { exact, changed } = toFoundRows(staying, found);
      const added = await apply(exact, ledger);
      await closedRows.after(connection, appliedOf(exact, added));
      const { moved, ...applied } = await this.move(connection, exact, added, renew);
      const counted = summed([...countedOf(exact, applied), ...takenOf(moved)]);
      const missed = await this.beside.columns.add(connection, counted, renew);
      const step = { since: ledger.seq, seq: exact.seq, names: namesOf(exact.entries) };
      await this.beside.changes?.write(connection, partition, step);
      await this.beside.persisted?.call(connection, { partition, batch: exact, applied }, renew);
      return {
        ...applied,
        ...(changed.length > 0 && { changed }),
        ...(missed.length > 0 && { missed }),
      };
    }
    if (batch.nonce !== ledger.nonce) return { status: 'superseded', ledgerSeq: ledger.seq };
    const { leftOut, refused = [], missing = 0 } = ledger;
    const without = new Set([...leftOut, ...refused.flatMap(({ names }) => names)]);
    const names = namesOf(batch.entries).filter((name) => !without.has(name));
    const values = await this.valuesOf(connection, names);
    const known = refused.length > 0 ? { leftOut, refused } : { leftOut };
    return { status: 'repeated', values, ...known, missing };
  }

  /** Gives the outbox what rows hold that are to be moved, and removes them; what the database does not let go stays. */
  private async move(
    connection: SqlConnection,
    batch: Batch,
    applied: Applied,
    renew: () => void,
  ): Promise<Applied & { moved: readonly Moving[] }> {
    const moving = movingOf(batch, applied.values);
    if (moving.length === 0) return { ...applied, moved: [] };
    const { moved, stayed } = await this.moveSome(connection, moving, renew);
    const unremoved = [...(applied.unremoved ?? []), ...stayed];
    return { ...applied, values: withoutMoved(applied.values, moved), unremoved, moved };
  }

  private async moveSome(
    connection: SqlConnection,
    moving: readonly Moving[],
    renew: () => void,
  ): Promise<{ moved: readonly Moving[]; stayed: readonly Refusal[] }> {
    const { counters } = this.namespaces;
    const names = moving.map(({ name }) => name);
    let stay: ReadonlySet<string> = new Set();
    const error = await underSavepoint(connection, this.dialect, async () => {
      const taken = takenOf(moving);
      if (taken.length > 0) {
        // a trigger may keep a row as it is, without an error
        const { leftOut } = await this.dialect.addDeltas(connection, counters, taken);
        stay = new Set(leftOut);
      }
      await this.dialect.removeZeroRows(connection, counters, names);
      const rows = rowsOf(moving.filter(({ name }) => !stay.has(name)));
      if (rows.length > 0) await this.beside.outbox.insert(connection, counters, rows);
    });
    renew();
    if (error === undefined) {
      const stayed = stay.size > 0 ? [{ names: [...stay], error: KEPT }] : [];
      return { moved: moving.filter(({ name }) => !stay.has(name)), stayed };
    }
    if (moving.length === 1) return { moved: [], stayed: [{ names, error: reasonOf(error) }] };
    const middle = Math.ceil(moving.length / 2);
    const first = await this.moveSome(connection, moving.slice(0, middle), renew);
    const second = await this.moveSome(connection, moving.slice(middle), renew);
    return {
      moved: [...first.moved, ...second.moved],
      stayed: [...first.stayed, ...second.stayed],
    };
  }

  /** Undefined when the ledger is not behind the batch, or not there. */
  private async addTo(
    connection: SqlConnection,
    partition: number,
    { seq, nonce, entries }: Batch,
  ): Promise<Applied | undefined> {
    const added = await this.dialect.addBatch(
      connection,
      this.namespaces,
      partition,
      { seq, nonce, deltas: entries.filter(isChange) },
      this.database.patience,
    );
    if (added === undefined) return undefined;
    const { values, leftOut, ledgerSeq } = added;
    return { status: 'applied', values, leftOut, missing: seq - ledgerSeq - 1 };
  }

  /** Under the lock of a ledger that is behind. */
  private async applyTo(
    connection: SqlConnection,
    partition: number,
    batch: Batch,
  ): Promise<Applied> {
    const applied = await this.addTo(connection, partition, batch);
    if (applied === undefined) throw changedMeanwhile(partition, 'changed');
    const unchanged = namesOf(batch.entries.filter((entry) => !isChange(entry)));
    const values = new Map([...applied.values, ...(await this.valuesOf(connection, unchanged))]);
    const removed = batch.entries.filter(({ name, remove }) => remove && values.has(name));
    await this.dialect.removeZeroRows(connection, this.namespaces.counters, namesOf(removed));
    return { ...applied, values };
  }

  /** Under the lock of a ledger that is behind: what the database refuses for good is left out. */
  private async applyParts(
    connection: SqlConnection,
    partition: number,
    { seq, nonce, entries }: Batch,
    ledger: LedgerRow,
    renew: () => void,
  ): Promise<Applied> {
    const parts = new BatchParts(connection, this.dialect, this.namespaces.counters, renew);
    const { values: added, leftOut, refused } = await parts.add(entries.filter(isChange));
    const unchanged = namesOf(entries.filter((entry) => !isChange(entry)));
    const values = new Map([...added, ...(await this.valuesOf(connection, unchanged))]);
    const removed = entries.filter(({ name, remove }) => remove && values.has(name));
    const unremoved = await parts.remove(namesOf(removed));
    const missing = seq - ledger.seq - 1;
    const row = { seq, nonce, leftOut, refused, missing };
    await this.dialect.writeLedger(connection, this.namespaces.ledger, partition, row);
    return { status: 'applied', values, leftOut, refused, unremoved, missing };
  }

  /** A counter without a row is at zero. */
  private async valuesOf(
    connection: SqlConnection,
    names: readonly string[],
  ): Promise<Map<string, Int64String>> {
    if (names.length === 0) return new Map();
    const { values } = await this.dialect.readValues(connection, this.namespaces, names, []);
    return new Map(names.map((name) => [name, values.get(name) ?? '0']));
  }
}
