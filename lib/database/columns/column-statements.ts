import type { SqlConnection } from '../dialects/sql-connection.js';
import type { RowDelta } from './column-deltas.js';
import type { TargetColumn, TargetTable } from './own-tables.js';

/** The statements of a server for tables of the application. Each runs in a transaction of the caller's. */
export interface ColumnStatements {
  /**
   * Locks the rows with these keys, in the order of their keys, until the transaction ends. Answers the values of these columns by
   * key, as texts; nothing of a row that is not there. Of no keys it only tries whether the statement may be sent.
   */
  lock(
    connection: SqlConnection,
    table: TargetTable,
    columns: readonly TargetColumn[],
    ids: readonly string[],
  ): Promise<Map<string, (string | null)[]>>;
  /**
   * Adds to a column of rows that are locked. Answers the keys of the rows that were written. Of no rows it only tries whether the
   * statement may be sent.
   */
  add(
    connection: SqlConnection,
    table: TargetTable,
    column: TargetColumn,
    rows: readonly RowDelta[],
  ): Promise<ReadonlySet<string>>;
  /** Whether an error is that of the table, whatever its rows are: a column or a right that is missing. */
  isOfTable(error: unknown): boolean;
}
