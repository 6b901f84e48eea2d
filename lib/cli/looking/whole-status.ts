import type { CounterStatus } from '../../operating/status/status.types.js';
import type { Problem } from '../../operating/problems.js';
import { type Verdict, verdictOf } from '../../operating/verdict.js';
import { pause } from '../../words/back-off.js';
import type { Opened } from '../observer/open.js';
import type { ExitStatus } from '../verb.js';
import { refusedBy, withTold } from './told-problems.js';

/** Milliseconds for which a status waits that an answer is missing in. */
const PATIENCE = 2_500;
const POLL = 50;

/** What `status()` says of all processes together: what it says of its own process is nothing here. */
export type WholeStatus = Pick<
  CounterStatus,
  'database' | 'persisting' | 'completeUntil' | 'outbox' | 'partitions'
> & {
  /** Those that a look from outside finds, and those that processes tell of. */
  problems: readonly Problem[];
  /** Callers who got an error, by its code, of all processes that run, each since it began. */
  refused: Readonly<Record<string, number>>;
  namespace: string;
  verdict: Verdict;
  cache: Pick<CounterStatus['cache'], 'answers' | 'error' | 'accepts'>;
};

export const exitOf = ({ verdict }: { verdict: Verdict }): ExitStatus =>
  (({ OK: 0, DEGRADED: 1, DOWN: 2 }) as const)[verdict];

/** `status()` answers at once, also where connections are still being made: this waits for the answers, or until a server is known to be silent. */
export async function wholeStatus({ observer }: Opened): Promise<WholeStatus> {
  const begun = performance.now();
  // at the same time: what the look connects, the status asks
  await Promise.all([observer.look(), observer.counters.status()]);
  let status = await observer.counters.status();
  while (isUnsure(status) && performance.now() - begun < PATIENCE) {
    await pause(POLL);
    status = await observer.counters.status();
  }
  const processes = await observer.ports.cache.processes().catch(() => []);
  const { database, persisting, completeUntil, outbox, partitions } = status;
  const problems = withTold(status.problems, processes);
  const { answers, error, accepts } = status.cache;
  return {
    ...{ namespace: observer.options.namespace, verdict: verdictOf(problems), problems },
    ...{ cache: { answers, error, accepts }, database, persisting, completeUntil, outbox },
    ...{ partitions, refused: refusedBy(processes) },
  };
}

/** Whether an answer may still come. */
function isUnsure({ cache, database, partitions }: CounterStatus): boolean {
  const waits = (error: string | undefined): boolean => error?.startsWith('no answer') === true;
  if (waits(cache.error) || waits(database.error)) return true;
  return (
    cache.answers &&
    partitions.some(({ seeded, jobs }) => seeded === undefined || jobs === undefined)
  );
}
