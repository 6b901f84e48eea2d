import type { OwnLedger } from './counter-store.js';
import type { DatabaseCalls } from './database-calls.js';
import { markOf } from './redis-mark.js';
import type { Namespaces, SqlDialect } from './dialects/sql-dialect.js';

export class SqlOwnLedger implements OwnLedger {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly dialect: SqlDialect,
    private readonly namespaces: Namespaces,
  ) {}

  async touch(): Promise<ReadonlyMap<string, string>> {
    const { namespaces } = this;
    const others = new Map(
      await this.database.step((connection) => this.dialect.touchLedger(connection, namespaces)),
    );
    // one deployment, which shows that it runs
    if (others.has(markOf(namespaces.counters))) others.delete(namespaces.counters);
    return others;
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
