/** A server by which a namespace is counted. */
export interface ServerNote {
  /** What tells it from another one. */
  identity: string;
  place: string;
  /** That noted it. */
  process: string;
}

export interface NotedServer extends ServerNote {
  /** So many milliseconds ago, by the clock of the server that keeps the note. */
  age: number;
}

/**
 * What one server knows of the other one by which a namespace is counted: the database of Redis, and Redis of the database. It
 * has one note. Each method is one atomic step, and throws what the port throws that has these notes.
 */
export interface ServerNotes {
  /** Undefined where nothing was noted. */
  read(): Promise<NotedServer | undefined>;
  /** Takes the place of what was noted before, and answers it. Repeatable, but for the answer. */
  write(note: ServerNote): Promise<NotedServer | undefined>;
  /** Says that what this process noted, if no other has since, is no longer used: it is gone then, or of a day ago. Repeatable. */
  outdate(process: string): Promise<void>;
}
