/** Which process it is. */
export interface WorkerDetails {
  /** Name of its host. */
  host: string;
  /** Its process id there. */
  pid: number;
  /** Version of this package that the process runs. */
  version: string;
}

/** What a process says of itself. */
export interface ProcessDetails extends WorkerDetails {
  /** Whether it persists. */
  persists: boolean;
  /** It has delivered every increment that it made before this time: by its own clock, as its windows are. */
  deliveredUntil: number;
  /** What it has found and no other process knows. A process of an earlier version says nothing of it. */
  told?: ToldByProcess;
  /** Milliseconds within which it has its counts persisted. A process of an earlier version does not say so. */
  updateInterval?: number;
}

/** What a process tells those who look from outside. */
export interface ToldByProcess {
  /** What fails there, what it lost or refused: at most `MOST_TOLD`, with texts of at most `LONGEST_TOLD` characters. */
  problems: readonly ToldProblem[];
  /** Callers who got an error since the process began, by its code. */
  refused: Readonly<Record<string, number>>;
}

/** A problem as a process tells it. */
export interface ToldProblem {
  /** A code of `status().problems`; a later version may have others. */
  code: string;
  /** When it began, in milliseconds since 1970. */
  since: number;
  /** As of `Problem`. */
  text: string;
  /** As of `Problem`. */
  next: string;
}

/** A process as the cache remembers it. */
export interface SeenProcess extends ProcessDetails {
  /** When the process last said that it runs, by the clock of the cache. */
  seenAt: Date;
  /** Milliseconds since then; negative when that clock was put back. */
  age: number;
  /** Milliseconds for which it could have said something since then: fewer where the cache was away, or nobody was heard. */
  unheardFor: number;
}

/** Who sweeps. */
export interface Lead {
  /** Milliseconds for which another process leads; 0 where this one does. */
  leftFor: number;
  /** Whether this process is the one that follows: it asks again when the lead of the other one may be over. */
  isDeputy: boolean;
  /**
   * The fence of each partition, where this process leads and no partition needs a sweep: nothing waits, and there is nothing to
   * tell. Absent also where one step cannot look at all partitions.
   */
  quiet?: readonly number[];
}

/** What a process is told when it says that it runs. */
export interface Beat {
  /** Milliseconds for which a process leads from now on; 0 where none does. */
  ledFor: number;
  /** As `CounterCache.rules()` answers; empty where the process said no rules. */
  rules: SeenRules[];
}

/** What a process says of its rules of windows. */
export interface NotedRules {
  /** The rules, on one line. */
  own: string;
  /** For how many milliseconds the rules of other processes count. */
  remembered: number;
}

/** Rules of windows that a process has: they should be the same in each process. */
export interface SeenRules {
  /** The rules, on one line. */
  said: string;
  /** Milliseconds since a process last said that it has these rules. */
  age: number;
}

/** A process that could have said something for this time, in milliseconds, and did not, is forgotten when another one says that it runs. */
export const REMEMBERED = 600_000;

/** Where no process was heard for longer, in milliseconds, none could say anything: the cache was away, or none ran. */
export const HEARD = 60_000;

/** For how many milliseconds a process is remembered at most, where those that run are heard for a short time only. */
export const LONGEST = 86_400_000;

/** `since`: when processes were first heard after such a time. */
export const seenFor = (
  seenAt: number,
  since: number,
  now: number,
): Pick<SeenProcess, 'seenAt' | 'age' | 'unheardFor'> => ({
  seenAt: new Date(seenAt),
  age: now - seenAt,
  unheardFor: now - Math.max(seenAt, Math.min(since, now)),
});

/** So many problems a process tells at once, */
export const MOST_TOLD = 10;
/** and so many characters of each text. */
export const LONGEST_TOLD = 300;

/** As Redis remembers them. What comes last, earlier versions do not read. */
export const writeDetails = ({ host, pid, version, told, ...said }: ProcessDetails): string => {
  const { persists, deliveredUntil, updateInterval } = said;
  const first = [host, pid, version, persists, deliveredUntil];
  if (told === undefined && updateInterval === undefined) return JSON.stringify(first);
  const { problems = [], refused = {} } = told ?? {};
  return JSON.stringify([...first, problems.map(asList), refused, updateInterval]);
};

const asList = ({ code, since, text, next }: ToldProblem): unknown[] => [code, since, text, next];

/** Undefined for what no version of this package wrote. */
export function readDetails(written: string): ProcessDetails | undefined {
  try {
    const said = JSON.parse(written) as unknown[];
    const [host, pid, version, persists, deliveredUntil, problems, refused, interval] = said;
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof version !== 'string') return;
    if (typeof persists !== 'boolean' || typeof deliveredUntil !== 'number') return;
    const details = { host, pid, version, persists, deliveredUntil };
    if (!Array.isArray(problems)) return details;
    const told = { problems: problems.flatMap(readProblem), refused: readRefused(refused) };
    const isTold = told.problems.length > 0 || Object.keys(told.refused).length > 0;
    return {
      ...{ ...details, ...(isTold && { told }) },
      ...(typeof interval === 'number' && { updateInterval: interval }),
    };
  } catch {
    return undefined;
  }
}

/** Nothing for what a later version may have written otherwise. */
function readProblem(given: unknown): ToldProblem[] {
  const [code, since, text, next] = Array.isArray(given) ? (given as unknown[]) : [];
  const isText = [code, text, next].every((it) => typeof it === 'string');
  return isText && typeof since === 'number' ? [{ code, since, text, next } as ToldProblem] : [];
}

function readRefused(given: unknown): Record<string, number> {
  const entries = Object.entries(given ?? {}).filter(([, callers]) => typeof callers === 'number');
  return Object.fromEntries(entries);
}
