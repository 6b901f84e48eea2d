import {
  type CountedOf,
  type EventImports,
  FreshEvents,
  type ImportedEvent,
} from '../imports/imports.js';
import type { MemoryTables } from './memory-tables.js';

/** Events that were imported, in this memory. */
export class MemoryImports implements EventImports {
  constructor(
    private readonly tables: MemoryTables,
    private readonly namespace: string,
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  take(events: readonly ImportedEvent[], countedOf: CountedOf): Promise<number | undefined> {
    const { tables, namespace } = this;
    const imported = tables.importsOf(namespace);
    const fresh = new FreshEvents(events);
    for (const digests of imported) fresh.drop(digests);
    if (fresh.size > 0) {
      const counted = countedOf(fresh.has);
      for (const { digests } of fresh.rows()) imported.push(digests);
      for (const row of counted) tables.outboxOf(namespace).push(row);
    }
    return Promise.resolve(fresh.size);
  }
}
