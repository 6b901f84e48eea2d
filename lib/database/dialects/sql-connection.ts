import type { DataSource } from 'typeorm';

/**
 * A connection that is taken for statements of ours. TypeORM's own ways to send them, `query()` included, would show each
 * to the subscribers and the logger of the application, which may throw, and parse answers as the application
 * wants it.
 */
export interface SqlConnection {
  /** Says how tables and columns are called. */
  readonly dataSource: DataSource;
  /** The connection of the driver. */
  readonly client?: unknown;
  /**
   * Answers rows of texts, whatever the types of the columns are. A statement that is sent very often may be prepared, where
   * the dialect knows that the connection allows it.
   */
  query<Rows>(
    statement: string,
    parameters?: readonly unknown[],
    isFrequent?: boolean,
  ): Promise<Rows>;
  /** Drops it, as it does not answer or is in a state that nobody knows; what runs on it rejects. */
  abandon(): void;
}

/** One that belongs to somebody else, who gets it back. */
export interface TakenConnection {
  readonly connection: SqlConnection;
  release(): Promise<void>;
}

/**
 * Takes a connection of the data source, and waits while all are in use. An error of the connection ends no process. When
 * `ended` is aborted, what is still connecting for this call is closed, so that the end of the data source does not wait for it.
 */
export type TakeConnection = (
  dataSource: DataSource,
  ended: AbortSignal,
) => Promise<TakenConnection>;

/**
 * Takes a connection beside those of the data source, and never waits for one of these: who holds them may wait for this.
 * Answers undefined where there is no place for another one. Calls `heard` where the server refuses it as it has too many.
 */
export type TakeSpareConnection = (
  dataSource: DataSource,
  ended: AbortSignal,
  heard: () => void,
) => Promise<TakenConnection | undefined>;
