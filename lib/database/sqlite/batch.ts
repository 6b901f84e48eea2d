import type { Batch, BatchEntry } from '../../cache/counter-cache.js';
import type { Refusal } from '../../cache/parcels.js';
import { DatabaseUnavailableError } from '../../errors.js';
import { inRange, type Int64String } from '../../words/int64.js';
import type { RowKind } from '../dialects/sql-dialect.js';
import { type Moving, movingOf, rowsOf, takenOf, withoutMoved } from '../outbox/moved-rows.js';
import { insert } from '../outbox/sqlite.js';
import { kindOf, madeUp, Refusals, refusesEvery } from '../sql/refusals.js';
import { isOfRow, SqliteFailure } from './errors.js';
import type { SqliteSession, Texts } from './session.js';
import { anotherRow } from './statements/another-row.js';
import { keyOf, look, removeZeroRow, rowTable, type RowTable, upsert } from './statements/rows.js';

type Entry = Pick<BatchEntry, 'name' | 'delta'>;

const SAVEPOINT = 'fastcounter_move';
const KINDS = ['counter', 'bucket'] as const;

interface Added {
  values: Map<string, Int64String>;
  leftOut: string[];
  refused: readonly Refusal[];
}

/**
 * Adds a batch row by row, in the transaction of the session: there is no way to a server for rows to share. What would leave
 * the range is left out, and so is what the database refuses for good.
 *
 * A row is only refused where the database takes others of its table: of this batch, or else one that is tried and taken
 * back. Where it takes none, it is the database that is wrong, and nothing is put aside.
 */
export class RowAdder {
  private readonly tables: Readonly<Record<RowKind, { table: RowTable; statement: string }>>;

  constructor(
    private readonly session: SqliteSession,
    private readonly namespace: string,
  ) {
    const tableOf = (kind: RowKind) => {
      const table = rowTable(session, kind);
      return { table, statement: upsert(table) };
    };
    this.tables = { counter: tableOf('counter'), bucket: tableOf('bucket') };
  }

  add(entries: readonly Entry[]): Added {
    const values = new Map<string, Int64String>();
    const leftOut: string[] = [];
    const refusals = new Refusals();
    const taken = new Set<RowKind>();
    const refused = new Map<RowKind, SqliteFailure>();
    for (const entry of entries) {
      const { name } = entry;
      const kind = kindOf(name);
      const error = this.attempt(() => {
        const value = this.addRow(entry);
        if (value === undefined) leftOut.push(name);
        else values.set(name, value);
      });
      if (error === undefined) taken.add(kind);
      else {
        refusals.note(error, name);
        refused.set(kind, error);
      }
    }
    for (const kind of KINDS) {
      const error = refused.get(kind);
      if (error !== undefined && !taken.has(kind)) this.expectAnother(kind, error, entries);
    }
    return { values, leftOut, refused: refusals.list() };
  }

  /** Removes rows that are at zero. Answers which ones the database refuses to remove. */
  remove(names: readonly string[]): readonly Refusal[] {
    const refusals = new Refusals();
    for (const name of names) {
      const { table } = this.tables[kindOf(name)];
      const error = this.attempt(() => removeZeroRow(this.session, table, this.namespace, name));
      if (error !== undefined) refusals.note(error, name);
    }
    return refusals.list();
  }

  /** Gives the outbox what rows hold that are to be moved, and removes them. What the database does not let go stays. */
  move(
    batch: Batch,
    values: ReadonlyMap<string, Int64String>,
  ): { values: ReadonlyMap<string, Int64String>; moved: Moving[]; stayed: readonly Refusal[] } {
    const refusals = new Refusals();
    const moved: Moving[] = [];
    for (const each of movingOf(batch, values)) {
      const { table } = this.tables[kindOf(each.name)];
      this.session.query(`SAVEPOINT ${SAVEPOINT}`);
      const error = this.attempt(() => {
        for (const entry of takenOf([each])) this.addRow(entry);
        removeZeroRow(this.session, table, this.namespace, each.name);
        insert(this.session, this.namespace, rowsOf([each]));
      });
      if (error !== undefined) this.session.query(`ROLLBACK TO ${SAVEPOINT}`);
      this.session.query(`RELEASE ${SAVEPOINT}`);
      if (error === undefined) moved.push(each);
      else refusals.note(error, each.name);
    }
    return { values: withoutMoved(values, moved), moved, stayed: refusals.list() };
  }

  /** Answers the value after it; undefined where that would leave the range. */
  private addRow({ name, delta }: Entry): Int64String | undefined {
    const { table, statement } = this.tables[kindOf(name)];
    const key = [this.namespace, ...keyOf(name)];
    const [row] = this.session.prepare(statement).all([...key, delta]) as Texts<'value'>[];
    if (row !== undefined) return row.value;
    const held = look(this.session, table, key) ?? '0';
    if (!inRange(BigInt(held) + BigInt(delta))) return undefined;
    throw new SqliteFailure('row', new Error('a trigger kept the row from being written'));
  }

  /** Throws where no row of this kind is taken: neither one that is there, nor a new one. */
  private expectAnother(kind: RowKind, error: SqliteFailure, all: readonly Entry[]): void {
    const names = all.map(({ name }) => name).filter((name) => kindOf(name) === kind);
    const there = anotherRow(this.session, this.namespace, kind, names);
    const tries: Entry[] = there === undefined ? [] : [{ name: there, delta: '0' }];
    tries.push({ name: madeUp(names[0] ?? ''), delta: '1' });
    const isTaken = (tried: Entry): boolean =>
      this.attempt(() => this.session.trial(() => void this.addRow(tried))) === undefined;
    if (!tries.some(isTaken)) {
      throw new DatabaseUnavailableError(refusesEvery(kind, error), { cause: error.cause });
    }
  }

  /** Answers why the database refuses a row; throws any other error. */
  private attempt(run: () => void): SqliteFailure | undefined {
    try {
      run();
      return undefined;
    } catch (error) {
      if (!isOfRow(error)) throw error;
      this.session.expectTransaction(error);
      return error;
    }
  }
}
