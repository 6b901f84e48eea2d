import type { SqlConnection } from '../dialects/sql-connection.js';
import type { CounterImport } from '../entities/counter-import.entity.js';
import type { FoundImport, ImportRange, ImportRow } from './imports.js';

/** The columns that a new row gives, by their names in the database. */
export const intoColumns = (t: Record<keyof CounterImport, string>): string[] => [
  ...[t.namespace, t.endsAt, t.id, t.beginsAt, t.digests, t.madeAt],
];

/** The statements of an engine for imports. */
export interface ImportStatements {
  insert(connection: SqlConnection, namespace: string, row: ImportRow): Promise<void>;
  /** A page of rows, in the order of their ends. */
  overlapping(
    connection: SqlConnection,
    namespace: string,
    range: ImportRange,
  ): Promise<FoundImport[]>;
}
