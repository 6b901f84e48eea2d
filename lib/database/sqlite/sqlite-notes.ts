import type { ServerNotes } from '../../words/server-notes.js';
import type { SqliteCalls } from './calls.js';
import { outdateNote, readNote, writeNote } from './statements/notes.js';

export const sqliteNotes = (calls: SqliteCalls, namespace: string): ServerNotes => ({
  read: () => calls.read((session) => readNote(session, namespace)),
  write: (note) => calls.write((session) => writeNote(session, namespace, note)),
  outdate: (process) => calls.write((session) => outdateNote(session, namespace, process)),
});
