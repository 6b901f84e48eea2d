import type { RedisMark } from './counter-store.js';
import type { DatabaseCalls } from './database-calls.js';
import type { SqlDialect } from './dialects/sql-dialect.js';

/** The ledger row by which processes with Redis show embedded ones that they run: they share it. */
export const markOf = (namespace: string): string => `${namespace}@redis`;

/** Of the ledgers of others, those of embedded processes. */
export const embeddedAmong = (ledgers: Iterable<string>, namespace: string): string[] =>
  [...ledgers].filter((name) => name.startsWith(`${namespace}@`) && name !== markOf(namespace));

export class SqlRedisMark implements RedisMark {
  constructor(
    private readonly database: DatabaseCalls,
    private readonly dialect: SqlDialect,
    private readonly namespace: string,
  ) {}

  async embedded(): Promise<string[]> {
    const namespaces = { counters: this.namespace, ledger: markOf(this.namespace) };
    const others = await this.database.step((connection) =>
      this.dialect.touchLedger(connection, namespaces),
    );
    return embeddedAmong(others.keys(), this.namespace);
  }

  async show(): Promise<string[]> {
    await this.database.step((connection) =>
      this.dialect.ensureLedger(connection, markOf(this.namespace), 0),
    );
    return this.embedded();
  }

  remove(): Promise<void> {
    return this.database.step((connection) =>
      this.dialect.removeLedger(connection, markOf(this.namespace)),
    );
  }
}
