/** A server, a Redis or a database, that counts a namespace. */
export interface ServerNote {
  /** Tells the server from another one, whatever its address is. */
  identity: string;
  /** Where the server is, for messages. */
  place: string;
  /** Id of the process that wrote the note. */
  process: string;
}

/** A note as it was read. */
export interface NotedServer extends ServerNote {
  /** Milliseconds since the note was written, by the clock of the server that keeps it. */
  age: number;
}

/**
 * The note that one server keeps of the other server which counts a namespace: Redis notes the database, and the database notes
 * Redis. There is one note for each namespace. Each method is one atomic step, and throws as the port does that has these notes.
 */
export interface ServerNotes {
  /** The note; undefined where there is none. */
  read(): Promise<NotedServer | undefined>;
  /** Replaces the note, and answers the former one. May be repeated; then the answer is the note of the first call. */
  write(note: ServerNote): Promise<NotedServer | undefined>;
  /**
   * Says that the server which this process noted is no longer in use: removes the note, or makes it a day old. Does nothing
   * where another process has written a note since. May be repeated.
   */
  outdate(process: string): Promise<void>;
}
