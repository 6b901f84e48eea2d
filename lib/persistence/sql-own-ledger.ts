import type { OwnLedger } from './counter-store.js';
import type { DatabaseCalls } from './database-calls.js';
import type { Namespaces, SqlDialect } from './dialects/sql-dialect.js';

export class SqlOwnLedger implements OwnLedger {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly dialect: SqlDialect,
    private readonly namespaces: Namespaces,
  ) {}

  touch(): Promise<ReadonlyMap<string, string>> {
    return this.database.step((manager) => this.dialect.touchLedger(manager, this.namespaces));
  }

  removeAbandoned(): Promise<void> {
    return this.database.step((manager) =>
      this.dialect.removeAbandonedLedgers(manager, this.namespaces),
    );
  }

  remove(): Promise<void> {
    return this.database.step((manager) =>
      this.dialect.removeLedger(manager, this.namespaces.ledger),
    );
  }
}
