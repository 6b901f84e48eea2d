import { CounterImport } from '../entities/counter-import.entity.js';
import { insert as insertCounted } from '../outbox/sqlite.js';
import type { SqliteCalls } from '../sqlite/calls.js';
import type { SqliteSession } from '../sqlite/session.js';
import { hasTable } from '../sqlite/statements/inspection.js';
import {
  type CountedOf,
  type EventImports,
  FreshEvents,
  type ImportedEvent,
  type ImportRange,
  PAGE,
} from './imports.js';
import { insert, overlapping } from './sqlite.js';

export class SqliteImports implements EventImports {
  constructor(
    private readonly calls: SqliteCalls,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return this.calls.read((session) => hasTable(session, CounterImport));
  }

  take(events: readonly ImportedEvent[], countedOf: CountedOf): Promise<number | undefined> {
    const { namespace } = this;
    return this.calls.write((session) => {
      const fresh = this.freshOf(session, events);
      if (fresh.size === 0) return 0;
      for (const row of fresh.rows()) insert(session, namespace, row);
      insertCounted(session, namespace, countedOf(fresh.has));
      return fresh.size;
    });
  }

  private freshOf(session: SqliteSession, events: readonly ImportedEvent[]): FreshEvents {
    const fresh = new FreshEvents(events);
    const { begins, ends } = fresh;
    let after: ImportRange['after'];
    while (fresh.size > 0) {
      const rows = overlapping(session, this.namespace, { begins, ends, after });
      for (const { digests } of rows) fresh.drop(digests);
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) break;
      after = { id: last.id, ends: Number(last.ends) };
    }
    return fresh;
  }
}
