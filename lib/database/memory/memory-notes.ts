import type { NotedServer, ServerNotes } from '../../words/server-notes.js';
import type { MemoryTables } from './memory-tables.js';

const DAY = 86_400_000;

export function memoryNotes(tables: MemoryTables, namespace: string): ServerNotes {
  const noted = (): NotedServer | undefined => {
    const note = tables.notes.get(namespace);
    if (note === undefined) return undefined;
    const { at, ...words } = note;
    return { ...words, age: tables.now() - at };
  };
  return {
    read: () => Promise.resolve(noted()),
    write: ({ identity, place, process }) => {
      const before = noted();
      tables.notes.set(namespace, { identity, place, process, at: tables.now() });
      return Promise.resolve(before);
    },
    outdate: (process) => {
      const note = tables.notes.get(namespace);
      if (note?.process === process) note.at = tables.now() - DAY;
      return Promise.resolve();
    },
  };
}
