import type { CounterEvents } from '../events.js';
import type { BufferEntry } from './buffer-entry.js';

/** How many new counters may come, where names come from users. @publicApi */
export interface NewCounterLimit {
  /** The counters that it holds for: those whose name begins with this; `''` is all of them. */
  prefix: string;
  /** So many new counters per process and interval; 0 allows none. 0 to 1 000 000. */
  limit: number;
  /** In milliseconds, 1 000 to 86 400 000. @default 60_000 */
  interval?: number;
  /** The counter that keeps the increments of those that are too many. @default prefix + '(other)' */
  overflow?: string;
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
export interface Verdict {
  admitted: (entry: BufferEntry) => void;
  refused: (entry: BufferEntry, overflow: string) => void;
}

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
  private queue: { entry: BufferEntry; verdict: Verdict }[] = [];
  private asking = false;
  private stopped = false;

  constructor(
    limits: readonly Required<NewCounterLimit>[],
    /** Those that were ever counted. */
    private readonly existing: (names: Iterable<string>) => Promise<ReadonlySet<string>>,
    private readonly events: CounterEvents,
  ) {
    this.rules = limits.map((limit) => {
      const known = new RecentNames(REMEMBERED);
      return { ...limit, known, admitted: 0, since: -Infinity, reported: false };
    });
  }

  /** Whether it has to be asked about. */
  concerns(name: string): boolean {
    const rule = this.ruleOf(name);
    return rule !== undefined && name !== rule.overflow && !rule.known.has(name);
  }

  ask(entry: BufferEntry, verdict: Verdict): void {
    this.queue.push({ entry, verdict });
    if (this.asking) return;
    this.asking = true;
    queueMicrotask(() => void this.drain());
  }

  /** Asks no more: lets everything through to where it is rejected. */
  stop(): void {
    this.stopped = true;
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const asked = this.queue.splice(0, CHUNK);
      const existing = await this.lookUp(asked.map(({ entry }) => entry.name));
      for (const { entry, verdict } of asked) {
        const overflow = this.judge(entry, existing.has(entry.name));
        if (overflow === undefined) verdict.admitted(entry);
        else verdict.refused(entry, overflow);
      }
    }
    this.asking = false;
  }

  /** Answers where the increments go instead, if they do. */
  private judge({ name, kind }: BufferEntry, exists: boolean): string | undefined {
    const rule = this.ruleOf(name);
    if (rule === undefined || this.stopped) return undefined;
    // deleting makes no counter
    if (kind === 'delete' && !exists) return undefined;
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

  /** Waits until cache and database answer: both report their outages themselves. */
  private async lookUp(names: readonly string[]): Promise<ReadonlySet<string>> {
    for (let attempt = 0; !this.stopped; attempt++) {
      try {
        return await this.existing(names);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, Math.min(25 * 2 ** attempt, 1000)));
      }
    }
    return new Set();
  }

  private ruleOf(name: string): Rule | undefined {
    return this.rules.find(({ prefix }) => name.startsWith(prefix));
  }
}

/** The last names that were added, between one and two times as many as said. */
class RecentNames {
  private recent = new Set<string>();
  private older = new Set<string>();

  constructor(private readonly size: number) {}

  has(name: string): boolean {
    return this.recent.has(name) || this.older.has(name);
  }

  add(name: string): void {
    if (this.recent.size >= this.size) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(name);
  }
}
