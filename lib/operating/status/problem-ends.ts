import type { LogLines } from '../../incidents/log-lines.js';
import { Repeating } from '../../words/repeating.js';
import type { Problem, ProblemCode } from '../problems.js';
import { isPast } from './own-problems.js';
import type { CounterStatus } from './status.types.js';

/** Milliseconds between two looks. */
const INTERVAL = 5_000;

/**
 * Who finds the end of a problem that a line of the log told of:
 *
 * - `event`: who told it, by an event or a line of its end.
 * - `process`: this process, by a look at what it knows itself.
 * - `servers`: this process, by a question to the servers.
 * - `nobody`: there is no line of its beginning. The lines of the operations that fail are of this time.
 */
export const FOUND_BY: Record<ProblemCode, 'event' | 'process' | 'servers' | 'nobody'> = {
  'FC-REDIS-AWAY': 'nobody',
  'FC-DATABASE-AWAY': 'nobody',
  'FC-OVERDUE': 'nobody',
  'FC-NO-WORKERS': 'event',
  'FC-NOT-ACCEPTING': 'event',
  'FC-NOT-PERSISTING': 'event',
  'FC-NOT-READING': 'event',
  'FC-QUEUES-FAIL': 'event',
  'FC-MISCONFIGURED': 'event',
  'FC-EMBEDDED-OVERLAP': 'event',
  'FC-PARKED': 'servers',
  'FC-OVERFLOWED': 'servers',
  'FC-REFUSED-ROWS': 'servers',
  'FC-OUTBOX': 'servers',
  'FC-QUEUES-PAUSED': 'servers',
  'FC-WIPED': 'process',
  'FC-LOST-WRITES': 'process',
  'FC-DATABASE-BEHIND': 'process',
  'FC-NOT-STARTED': 'process',
  'FC-BACKPRESSURE': 'process',
  'FC-ROWS-CHANGED': 'process',
  'FC-COLUMNS': 'process',
  'FC-SLOW-BATCHES': 'process',
  'FC-NEW-COUNTERS': 'process',
};

interface Looked {
  ownProblems(): readonly Problem[];
  status(anew: boolean): Promise<CounterStatus>;
}

/**
 * Writes a line at the end of each problem that the log told of, where nothing else does. A problem has ended that is missing at
 * two looks, one after the other. Servers are asked only while such a problem lasts.
 */
export class ProblemEnds {
  private readonly looking: Repeating;
  /** Codes of problems that were missing at the last look. */
  private missing: ReadonlySet<string> = new Set();

  constructor(
    private readonly reporter: Looked,
    private readonly lines: LogLines,
    interval = INTERVAL,
  ) {
    this.looking = new Repeating(
      () => this.look(),
      () => interval,
    );
  }

  start(): void {
    this.looking.startLater();
  }

  /** Does not wait for a look under way, which writes nothing any more. */
  stop(): void {
    void this.looking.stop();
  }

  private async look(): Promise<void> {
    const missing = [...this.missingHere(), ...(await this.missingInServers())];
    if (this.looking.stopped) return;
    for (const code of missing.filter((it) => this.missing.has(it))) this.tellEnd(code);
    this.missing = new Set(missing);
  }

  private missingHere(): ProblemCode[] {
    const open = this.toldOf('process');
    if (open.length === 0) return [];
    return without(open, this.reporter.ownProblems());
  }

  private async missingInServers(): Promise<ProblemCode[]> {
    const open = this.toldOf('servers');
    if (open.length === 0) return [];
    const status = await this.reporter.status(true);
    if (!isKnown(status)) return [];
    // where its table does not answer, nothing is known of the outbox
    const asked = status.outbox ? open : open.filter((code) => code !== 'FC-OUTBOX');
    return without(asked, status.problems);
  }

  private toldOf(by: 'process' | 'servers'): ProblemCode[] {
    return [...this.lines.open.keys()].filter(isCode).filter((code) => FOUND_BY[code] === by);
  }

  private tellEnd(code: ProblemCode): void {
    const told = this.lines.open.get(code);
    if (told === undefined) return;
    const seconds = Math.round((performance.now() - told) / 1000);
    const why = isPast({ code }) ? ': it was not found again for an hour' : '';
    this.lines.of(code).end(`This problem has ended, ${seconds} s after it was told first${why}`);
  }
}

const isCode = (code: string): code is ProblemCode => Object.hasOwn(FOUND_BY, code);

const without = (codes: readonly ProblemCode[], problems: readonly Problem[]): ProblemCode[] =>
  codes.filter((code) => !problems.some((problem) => problem.code === code));

/** Whether each server has said all that it is asked: what is not said is not over. */
const isKnown = ({ cache, database, partitions }: CounterStatus): boolean =>
  cache.answers &&
  database.answers &&
  partitions.every(({ seeded, jobs }) => seeded !== undefined && jobs !== undefined);
