import type { OwnLedger } from '../counter-store.js';
import type { Namespaces } from '../namespaces.js';
import type { SqliteCalls } from './calls.js';
import { removeAbandonedLedgers, removeLedger, touchLedger } from './statements/own-ledger.js';

export class SqliteOwnLedger implements OwnLedger {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespaces: Namespaces,
  ) {}

  touch(): Promise<ReadonlyMap<string, string>> {
    return this.calls.write((session) => touchLedger(session, this.namespaces));
  }

  removeAbandoned(): Promise<void> {
    return this.calls.write((session) => removeAbandonedLedgers(session, this.namespaces));
  }

  remove(): Promise<void> {
    return this.calls.write((session) => removeLedger(session, this.namespaces.ledger));
  }
}
