import type { SqlConnection } from '../dialects/sql-connection.js';
import type { CounterOutbox } from '../entities/counter-outbox.entity.js';
import type { OutboxRow } from './outbox.js';

/** A row as the statements of every engine answer it: texts alone. */
export interface FoundRow {
  id: string;
  name: string;
  delta: string;
  windows: string;
  update_interval: string;
  /** Milliseconds since 1970. */
  made_at: string;
  /** Milliseconds since it was taken. */
  taken_for: string;
  /** Empty where nobody has taken it. */
  taken_by: string;
}

/** A row that waits for an operator, as texts alone. */
export type FoundRefusal = Pick<FoundRow, 'id' | 'name' | 'delta' | 'windows' | 'made_at'> & {
  reason: string;
};

/** The columns that a new row gives, by their names in the database. */
export const intoColumns = (t: Record<keyof CounterOutbox, string>): string[] => [
  ...[t.namespace, t.id, t.name, t.delta, t.windows, t.updateInterval],
  ...[t.madeAt, t.takenAt, t.takenBy, t.refused],
];

export interface FoundState {
  waiting: string;
  refused: string;
  /** Milliseconds since 1970. */
  oldest: string | null;
}

/** The statements of an engine for the rows of an outbox. Lists are never empty. */
export interface OutboxStatements {
  insert(connection: SqlConnection, namespace: string, rows: readonly OutboxRow[]): Promise<void>;
  /**
   * Rows that are not refused, the oldest first, which nobody else changes until the transaction ends. Those that others change at the
   * moment are left out.
   */
  lock(
    connection: SqlConnection,
    namespace: string,
    which: { ids?: readonly string[]; limit: number },
  ): Promise<FoundRow[]>;
  /** Notes where rows are counted, and that it begins now. */
  mark(
    connection: SqlConnection,
    namespace: string,
    ids: readonly string[],
    by: string,
  ): Promise<void>;
  remove(connection: SqlConnection, namespace: string, ids: readonly string[]): Promise<void>;
  refuse(
    connection: SqlConnection,
    namespace: string,
    ids: readonly string[],
    reason: string,
  ): Promise<void>;
  /** Behind this id. */
  refused(
    connection: SqlConnection,
    namespace: string,
    after: string,
    limit: number,
  ): Promise<FoundRefusal[]>;
  /** Those of these that are refused, which nobody else changes until the transaction ends. */
  lockRefused(
    connection: SqlConnection,
    namespace: string,
    ids: readonly string[],
  ): Promise<string[]>;
  /** As if nobody had taken them. */
  release(connection: SqlConnection, namespace: string, ids: readonly string[]): Promise<void>;
  last(connection: SqlConnection, namespace: string): Promise<string | undefined>;
  state(connection: SqlConnection, namespace: string): Promise<FoundState>;
}
