import type { SqlConnection } from '../dialects/sql-connection.js';
import { NOW, text } from '../mysql/statements/literals.js';
import type { Namespaces } from '../namespaces.js';
import type { DatabaseCalls } from '../sql/database-calls.js';
import type { ChangeLog, LedgerHead, LoggedStep, StepQuery } from './change-log.js';
import {
  type FoundHead,
  type FoundStep,
  headsOf,
  headsQuery,
  insertion,
  onConflict,
  prunes,
  pruning,
  stepsOf,
  stepsQuery,
  type Wording,
} from './change-statements.js';

function wording(connection: SqlConnection): { words: Wording; parameters: unknown[] } {
  const parameters: unknown[] = [];
  if (connection.dataSource.options.type === 'postgres') {
    const words = {
      given: (value: string | number) => `$${parameters.push(value)}`,
      now: 'now()',
      replacing: onConflict,
      ago: (milliseconds: number) => `now() - interval '${milliseconds} milliseconds'`,
    };
    return { words, parameters };
  }
  const words = {
    given: (value: string | number) => (typeof value === 'number' ? String(value) : text(value)),
    now: NOW,
    // both servers, whatever they call the row that was given
    replacing: (_: unknown, columns: readonly string[]) =>
      `ON DUPLICATE KEY UPDATE ${columns.map((it) => `${it} = VALUES(${it})`).join(', ')}`,
    ago: (milliseconds: number) => `${NOW} - INTERVAL ${milliseconds * 1000} MICROSECOND`,
  };
  return { words, parameters };
}

/** Writes in the transaction of a batch, and reads. */
export class SqlChangeLog implements ChangeLog {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly namespaces: Namespaces,
    /** Milliseconds for which steps are kept. */
    private readonly retention: number,
  ) {}

  /** Under the lock of the ledger row. */
  async write(connection: SqlConnection, partition: number, step: LoggedStep): Promise<void> {
    const { ledger } = this.namespaces;
    await this.send(connection, (words) =>
      insertion(connection, { ledger, partition }, step, words),
    );
    if (!prunes(step)) return;
    await this.send(connection, (words) =>
      pruning(connection, this.namespaces, partition, this.retention, words),
    );
  }

  heads(): Promise<LedgerHead[]> {
    const { counters } = this.namespaces;
    return this.database.step(
      async (it) => headsOf(await this.send(it, (words) => headsQuery(it, counters, words))),
      'spare',
    );
  }

  steps(query: StepQuery): Promise<LoggedStep[]> {
    return this.database.step(
      async (it) => stepsOf(await this.send(it, (words) => stepsQuery(it, query, words))),
      'spare',
    );
  }

  private send<Row extends FoundHead | FoundStep>(
    connection: SqlConnection,
    say: (words: Wording) => string,
  ): Promise<Row[]> {
    const { words, parameters } = wording(connection);
    const statement = say(words);
    return connection.query<Row[]>(statement, parameters);
  }
}
