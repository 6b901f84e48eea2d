import { CacheUnavailableError, FastCounterError, ShutDownError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import { isAway } from '../../incidents/is-away.js';
import { isMistake } from '../../incidents/is-mistake.js';
import { UnexpectedError } from '../../mismatch-errors.js';
import { backOff, pause } from '../../words/back-off.js';
import { BUCKET_SEPARATOR } from '../../words/bucket-name.js';
import { reasonOf } from '../../words/quote.js';
import { microtask } from '../../real-timers.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import { RecentNames } from './recent-names.js';

/** How many new counters a process takes, for names that come from users. @publicApi */
export interface NewCounterLimit {
  /** The limit holds for counters whose name begins with this; `''` is all counters. */
  prefix: string;
  /** New counters that one process takes in an interval. 0 to 1 000 000; 0 allows none. */
  limit: number;
  /** Length of the interval in milliseconds, 1 000 to 86 400 000. @default 60_000 */
  interval?: number | undefined;
  /** The counter that gets the increments of new counters beyond the limit. @default prefix + '(other)' */
  overflow?: string | undefined;
}

interface Rule extends Required<NewCounterLimit> {
  /** Counters that exist. */
  known: RecentNames;
  /** Counters that were new in this interval, and when it began. */
  admitted: number;
  since: number;
  reported: boolean;
}

/** Where an entry goes on. */
export interface AdmissionHandler {
  admitted: (entry: BufferEntry) => void;
  refused: (entry: BufferEntry, overflow: string) => void;
  /** It was not looked up, and so not sent. */
  failed: (entry: BufferEntry, error: FastCounterError) => void;
}

interface Question {
  entry: BufferEntry;
  admission: AdmissionHandler;
}

/** Between two looks at servers that do not answer, in milliseconds. */
const PAUSES = { first: 25, longest: 1000 };
/** Names in one question. */
const CHUNK = 1000;
/** Names known without a question, per limit. */
const REMEMBERED = 100_000;

/**
 * Keeps names that come from users from becoming counters without end. What the process has not seen
 * is looked up: a counter that exists always counts.
 */
export class NewCounterLimits {
  private readonly rules: Rule[];
  /** By name, in the order of their calls: entries of one counter never overtake one another. */
  private readonly waiting = new Map<string, Question[]>();
  private asking = false;
  private stopped = false;
  /** Counters that take what is beyond a limit: no limit holds for them, so what goes there stays there. */
  private readonly overflows: ReadonlySet<string>;

  constructor(
    limits: readonly Required<NewCounterLimit>[],
    /** Those that were ever counted. */
    private readonly existing: (names: Iterable<string>) => Promise<ReadonlySet<string>>,
    private readonly events: CounterEvents,
  ) {
    this.overflows = new Set(limits.map(({ overflow }) => overflow));
    this.rules = limits.map((limit) => {
      const known = new RecentNames(REMEMBERED);
      return { ...limit, known, admitted: 0, since: -Infinity, reported: false };
    });
  }

  /** Whether it has to be asked about. */
  concerns(name: string): boolean {
    const rule = this.ruleOf(name);
    // a bucket is no counter
    if (rule === undefined || this.overflows.has(name) || name.includes(BUCKET_SEPARATOR)) {
      return false;
    }
    return this.waiting.has(name) || !rule.known.has(name);
  }

  ask(entry: BufferEntry, admission: AdmissionHandler): void {
    if (this.stopped) {
      // whoever adds the entry gets its promise first
      microtask(() => admission.failed(entry, new ShutDownError()));
      return;
    }
    const questions = this.waiting.get(entry.name);
    if (questions === undefined) this.waiting.set(entry.name, [{ entry, admission }]);
    else questions.push({ entry, admission });
    if (this.asking) return;
    this.asking = true;
    microtask(() => void this.drain());
  }

  /** Takes every counter for new again, and each limit for unused. */
  forget(): void {
    for (const rule of this.rules) {
      rule.known = new RecentNames(REMEMBERED);
      rule.since = -Infinity;
    }
  }

  /** Asks no more, and rejects what waits: none of that was sent. */
  stop(): void {
    this.stopped = true;
    this.fail([...this.waiting.keys()], new ShutDownError());
  }

  private async drain(): Promise<void> {
    while (this.waiting.size > 0) {
      const names = firstOf(this.waiting.keys(), CHUNK);
      const answer = await this.lookUp(names);
      if ('error' in answer) this.fail(names, answer.error);
      else this.decide(names, answer.existing);
    }
    this.asking = false;
  }

  private decide(names: readonly string[], existing: ReadonlySet<string>): void {
    for (const name of names) {
      for (const { entry, admission } of this.take(name)) {
        const overflow = this.judge(entry, existing.has(name));
        if (overflow === undefined) admission.admitted(entry);
        else admission.refused(entry, overflow);
      }
    }
  }

  private fail(names: readonly string[], error: FastCounterError): void {
    for (const name of names) {
      for (const { entry, admission } of this.take(name)) admission.failed(entry, error);
    }
  }

  /** Also what came while the name was looked up. */
  private take(name: string): readonly Question[] {
    const questions = this.waiting.get(name) ?? [];
    this.waiting.delete(name);
    return questions;
  }

  /** Answers where the increments go instead, if they do. */
  private judge({ name, kind }: BufferEntry, exists: boolean): string | undefined {
    const rule = this.ruleOf(name);
    if (rule === undefined) return undefined;
    // neither deleting nor taking back makes a counter
    if ((kind === 'delete' || kind === 'undo') && !exists) return undefined;
    if (!exists && !rule.known.has(name) && !this.admit(rule)) return rule.overflow;
    rule.known.add(name);
    return undefined;
  }

  private admit(rule: Rule): boolean {
    const now = performance.now();
    if (now - rule.since >= rule.interval) {
      rule.since = now;
      rule.admitted = 0;
      rule.reported = false;
    }
    if (rule.admitted < rule.limit) {
      rule.admitted++;
      return true;
    }
    const { prefix, limit, interval, overflow } = rule;
    if (!rule.reported) this.events.emit('newCounterLimit', { prefix, limit, interval, overflow });
    rule.reported = true;
    return false;
  }

  /** Tries again while cache or database do not answer: their outages are reported. Nothing else passes by itself. */
  private async lookUp(
    names: readonly string[],
  ): Promise<{ existing: ReadonlySet<string> } | { error: FastCounterError }> {
    for (let attempt = 0; !this.stopped; attempt++) {
      try {
        return { existing: await this.existing(names) };
      } catch (error) {
        if (!isAway(error)) return { error: notLookedUp(error) };
        await pause(backOff(attempt, PAUSES));
      }
    }
    return { error: new ShutDownError() };
  }

  private ruleOf(name: string): Rule | undefined {
    return this.rules.find(({ prefix }) => name.startsWith(prefix));
  }
}

function notLookedUp(cause: unknown): FastCounterError {
  if (cause instanceof FastCounterError) return cause;
  const message = `Whether the counter is new could not be looked up, so nothing was counted: ${reasonOf(cause)}`;
  const options = { cause, mayHaveRun: false };
  return isMistake(cause)
    ? new UnexpectedError(message, options)
    : new CacheUnavailableError(message, options);
}

function firstOf(names: Iterable<string>, limit: number): string[] {
  const first: string[] = [];
  for (const name of names) {
    if (first.length === limit) break;
    first.push(name);
  }
  return first;
}
