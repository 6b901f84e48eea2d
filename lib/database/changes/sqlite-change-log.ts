import type { Namespaces } from '../namespaces.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import type { SqliteSession } from '../sqlite/session.js';
import type { Value } from '../sqlite/sqlite-database.js';
import { at, NOW } from '../sqlite/statements/texts.js';
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

export class SqliteChangeLog implements ChangeLog {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespaces: Namespaces,
    /** Milliseconds for which steps are kept. */
    private readonly retention: number,
  ) {}

  /** In the transaction that writes the ledger row. */
  write(session: SqliteSession, partition: number, step: LoggedStep): void {
    const { ledger } = this.namespaces;
    send(session, (words) => insertion(session, { ledger, partition }, step, words));
    if (!prunes(step)) return;
    send(session, (words) => pruning(session, this.namespaces, partition, this.retention, words));
  }

  heads(): Promise<LedgerHead[]> {
    const { counters } = this.namespaces;
    return this.calls.read((it) =>
      headsOf(send<FoundHead>(it, (words) => headsQuery(it, counters, words))),
    );
  }

  steps(query: StepQuery): Promise<LoggedStep[]> {
    return this.calls.read((it) =>
      stepsOf(send<FoundStep>(it, (words) => stepsQuery(it, query, words))),
    );
  }
}

function send<Row>(session: SqliteSession, say: (words: Wording) => string): Row[] {
  const parameters: Value[] = [];
  const words = {
    given: (value: string | number) => {
      parameters.push(value);
      return '?';
    },
    now: NOW,
    replacing: onConflict,
    ago: (milliseconds: number) => at(`-${milliseconds / 1000} seconds`),
  };
  const statement = say(words);
  return session.query<Row>(statement, parameters);
}
