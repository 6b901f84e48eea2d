import type { SqlConnection } from '../dialects/sql-connection.js';
import type { CounterCorrection } from '../entities/counter-correction.entity.js';
import type {
  CorrectionPlace,
  CorrectionQuery,
  CorrectionRow,
  FoundCorrection,
} from './corrections.js';

/** The columns that a new row gives, by their names in the database. */
export const intoColumns = (t: Record<keyof CounterCorrection, string>): string[] => [
  ...[t.namespace, t.name, t.startsAt, t.window, t.id],
  ...[t.delta, t.windows, t.closed, t.reason, t.madeBy, t.madeAt],
];

/** The statements of an engine for corrections. */
export interface CorrectionStatements {
  /** Answers false where the row is there already; waits for others who write it. */
  insert(connection: SqlConnection, namespace: string, row: CorrectionRow): Promise<boolean>;
  find(
    connection: SqlConnection,
    namespace: string,
    place: CorrectionPlace,
  ): Promise<FoundCorrection | undefined>;
  count(connection: SqlConnection, namespace: string, name: string): Promise<number>;
  list(
    connection: SqlConnection,
    namespace: string,
    query: CorrectionQuery,
  ): Promise<FoundCorrection[]>;
}
