import type { OwnLedger } from '../counter-store.js';
import type { DatabaseCalls } from './database-calls.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import type { Namespaces } from '../namespaces.js';

export class SqlOwnLedger implements OwnLedger {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly dialect: SqlDialect,
    private readonly namespaces: Namespaces,
  ) {}

  touch(): Promise<ReadonlyMap<string, string>> {
    const { namespaces } = this;
    return this.database.step((connection) => this.dialect.touchLedger(connection, namespaces));
  }

  removeAbandoned(): Promise<void> {
    return this.database.step((connection) =>
      this.dialect.removeAbandonedLedgers(connection, this.namespaces),
    );
  }

  remove(): Promise<void> {
    return this.database.step((connection) =>
      this.dialect.removeLedger(connection, this.namespaces.ledger),
    );
  }
}
