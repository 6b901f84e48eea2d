/** What a subject is to do in one round, in milliseconds. */
export interface Task {
  /** Not measured: code becomes hot, and what works in the background gets going. */
  warmUp: number;
  duration: number;
  /** Those who call, and await the answer before they call again. */
  callers: number;
  /** Instead of callers: so many calls a second, each at a random time. */
  perSecond?: number;
  /** One counter, or so many in a zipfian distribution. */
  counters: number;
}

/** What came of it, while it was measured. */
export interface Outcome {
  operations: number;
  seconds: number;
  /** In milliseconds. */
  latencies?: { p50: number; p99: number };
  /** Whatever else there is to know, by name. */
  extra?: Readonly<Record<string, number>>;
}

/** Where a subject finds its servers; the databases are its own, and empty. */
export interface World {
  redis: ServerAddress;
  postgres: ServerAddress;
  mariadb?: ServerAddress;
  /** Of its own: keeps subjects apart in Redis. */
  namespace: string;
}

export interface ServerAddress {
  url: string;
  pid: number;
}

export type DatabaseType = 'postgres' | 'mariadb';

export function urlOf(world: World, database: DatabaseType): string {
  const address = world[database];
  if (address === undefined) throw new Error(`There is no ${database}`);
  return address.url;
}

/** Something that is measured, in a process of its own. */
export interface Subject {
  /** `begin` and `end` enclose what counts. */
  run(task: Task, clock: Clock): Promise<Outcome>;
  /** After a round, not measured: nothing of it is left to be done while others are measured. */
  settle?(): Promise<void>;
  close(): Promise<void>;
}

/** Called when measuring begins and ends: takes the processor times. */
export interface Clock {
  begin(): void;
  /** Seconds since it began. */
  end(): number;
}

export type Parameters = Readonly<Record<string, unknown>>;

export type OpenSubject = (world: World, parameters: Parameters) => Promise<Subject>;
