import type { Opened } from './observer/open.js';

/** 0: all is well, or done. 1: degraded, or done in part. 2: down, or a server is away. 64: the command line is wrong. */
export type ExitStatus = 0 | 1 | 2 | 64;

/** An option of a verb. */
export interface VerbOption {
  /** What stands for its value in the help; absent for one without a value. */
  value?: string;
  does: string;
  /** Whether it may be given several times. */
  multiple?: boolean;
}

export type Options = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** What a verb answers: `data` with `--json`, `text` without. */
export interface Answer {
  data: unknown;
  text: readonly string[];
  exit: ExitStatus;
}

/** One call of a verb. */
export interface Call {
  /** What stands behind the verb. */
  operands: readonly string[];
  options: Options;
  json: boolean;
  /** Connects to the servers, at the first call. Rejects with `Refusal` where nobody uses the namespace. */
  connect: () => Promise<Opened>;
  /** Connects anew, and closes the former connections; where that fails, they stay. */
  reconnect: () => Promise<Opened>;
  /** Whether to change something: `--yes` without `--dry-run`. */
  isMeant: boolean;
  /** Who changes something. */
  by: string;
  /** Writes a line to standard output at once: for verbs that go on. */
  line: (text: string) => void;
  /** Tells how far long work is, on standard error. */
  progress: (text: string) => void;
  /** Whether somebody looks at standard output. */
  isTerminal: boolean;
}

export interface Verb {
  /** One word or two. */
  name: string;
  /** What stands behind the name, as in the help: `NAME…`, say. */
  takes: string;
  /** How many operands; the most, if fewer are enough. */
  operands: { least: number; most: number };
  /** One sentence, for the table of verbs. */
  does: string;
  /** Further sentences of its help. */
  teaches: readonly string[];
  options: Readonly<Record<string, VerbOption>>;
  /** Command lines that somebody may type, without the place. */
  examples: readonly string[];
  /** Changes something, with `--yes`. */
  writes?: boolean;
  /** Whether it works for counts of the embedded mode too: from the database alone. */
  embedded?: boolean;
  run(call: Call): Promise<Answer>;
}
