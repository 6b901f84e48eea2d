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
 * Takes a connection of the data source, in which errors of a connection end no process. Where the application has all of
 * them in use, and `spare`, it may be one beside them: who holds them may wait for this. When `ended` is aborted, what is
 * still connecting for this call is closed, so that the end of the data source does not wait for it. Calls `heard` when the
 * server has answered an attempt to make another one, be it by a refusal.
 */
export type TakeConnection = (
  dataSource: DataSource,
  spare: boolean,
  ended: AbortSignal,
  heard: () => void,
) => Promise<TakenConnection>;
