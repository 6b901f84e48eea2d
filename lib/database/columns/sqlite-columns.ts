import type { DataSource } from 'typeorm';
import type { BatchEntry, StoreProblem } from '../../cache/counter-cache.js';
import { reasonOf } from '../../words/quote.js';
import { isOfRow, SqliteFailure } from '../sqlite/errors.js';
import type { SqliteSession } from '../sqlite/session.js';
import { columnDeltas, fittingRows, type RowDelta } from './column-deltas.js';
import { ColumnOutcomes, type MissedColumn } from './column-outcomes.js';
import type { OwnColumn } from './own-column.js';
import { ownTables, type TargetColumn, type TargetTable } from './own-tables.js';

type Entry = Pick<BatchEntry, 'name' | 'delta'>;

interface HeldRow {
  id: string;
  value: string | null;
}

/** As `SqlColumns`, row by row in the transaction of a session: nobody else writes meanwhile. */
export class SqliteColumns {
  // its options may hold a key: a private name is not printed
  readonly #dataSource: DataSource;
  private found?: readonly TargetTable[];

  constructor(
    dataSource: DataSource,
    private readonly rules: readonly OwnColumn[],
  ) {
    this.#dataSource = dataSource;
    if (dataSource.isInitialized) this.found = ownTables(dataSource, rules);
  }

  /** Answers what is not in the columns. */
  add(session: SqliteSession, entries: readonly Entry[]): MissedColumn[] {
    if (this.rules.length === 0) return [];
    const outcomes = new ColumnOutcomes();
    for (const { table, columns } of columnDeltas(this.tables, entries, outcomes)) {
      for (const { column, rows } of columns) {
        for (const row of rows) this.addRow(session, table, column, row, outcomes);
      }
    }
    return outcomes.list();
  }

  /** What is wrong with the tables. */
  inspect(session: SqliteSession): StoreProblem[] {
    return this.tables.flatMap((table) =>
      table.columns.flatMap((column): StoreProblem[] => {
        try {
          for (const sql of [look(table, column), addition(table, column)]) session.prepare(sql);
          return [];
        } catch (error) {
          if (!isOfTable(error)) throw error;
          const message = `Option "columns": ${column.label} cannot be written. ${reasonOf(error)}`;
          return [{ kind: 'unusable', message }];
        }
      }),
    );
  }

  private addRow(
    session: SqliteSession,
    table: TargetTable,
    column: TargetColumn,
    row: RowDelta,
    outcomes: ColumnOutcomes,
  ): void {
    try {
      const found = session.prepare(look(table, column)).all([row.id]) as unknown as HeldRow[];
      // a column may compare in another way than byte for byte
      const values = new Map(found.map(({ id, value }) => [id, value]));
      const [fitting] = fittingRows(column, [row], values, outcomes);
      if (fitting === undefined) return;
      session.prepare(addition(table, column)).all([String(row.delta), row.id]);
    } catch (error) {
      if (!isOfTable(error)) throw error;
      session.expectTransaction(error);
      outcomes.refused(column.label, row.counter, error);
    }
  }

  private get tables(): readonly TargetTable[] {
    return (this.found ??= ownTables(this.#dataSource, this.rules));
  }
}

const look = ({ table, key }: TargetTable, { name }: TargetColumn): string =>
  `SELECT CAST(${key} AS TEXT) AS id, CAST(CAST(${name} AS INTEGER) AS TEXT) AS value FROM ${table} WHERE ${key} = ?`;

const addition = ({ table, key }: TargetTable, { name }: TargetColumn): string =>
  `UPDATE ${table} SET ${name} = coalesce(CAST(${name} AS INTEGER), 0) + CAST(? AS INTEGER) WHERE ${key} = ?`;

/** What the table refuses, or lacks. */
const isOfTable = (error: unknown): boolean =>
  isOfRow(error) || (error instanceof SqliteFailure && error.message.startsWith('no such '));
