/** A value of a parameter. Numbers are whole and small: what may be large is a text. */
export type Value = string | number | null;

export interface SqliteStatement {
  /** Runs it, and answers all its rows; throws `SqliteFailure`. */
  all(parameters: readonly Value[]): Readonly<Record<string, unknown>>[];
  free(): void;
}

/** The connection of a data source, whichever driver made it. Each call is over when it returns. */
export interface SqliteDatabase {
  /** Throws `SqliteFailure`. */
  prepare(sql: string): SqliteStatement;
  /** Whether it was opened only to be read. */
  readonly isReadonly: boolean;
}
