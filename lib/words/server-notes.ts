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

/** What one server knows of the other one by which a namespace is counted: the database of Redis, and Redis of the database. */
export interface ServerNotes {
  read(): Promise<NotedServer | undefined>;
  /** Answers what was noted before. Repeatable, but for the answer. */
  write(note: ServerNote): Promise<NotedServer | undefined>;
  /** Says that what this process noted, if no other has since, is no longer used. Repeatable. */
  outdate(process: string): Promise<void>;
}
