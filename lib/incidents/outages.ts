import { isAnswer } from './is-away.js';
import { isMistake } from './is-mistake.js';
import type { Mistakes } from './mistakes.js';
import { reasonOf } from '../words/quote.js';
import { steadyNow } from '../words/steady-clock.js';

/**
 * What can fail while the rest goes on: increments on their way to Redis (`write`), reads of totals (`read`), counts on
 * their way to the database (`persist`), and the jobs of the queues (`queue`).
 *
 * @publicApi
 */
export type OperationClass = 'write' | 'read' | 'persist' | 'queue';

/** A class of operations that fails in this process. @publicApi */
export interface Outage {
  /** Which operations fail. */
  of: OperationClass;
  /** When the first operation failed. */
  since: Date;
  /** Why the last operation failed. */
  error: string;
}

/** What takes the events. */
interface OutageReports {
  emit(name: 'outage', report: { of: OperationClass; error: unknown }): unknown;
  emit(
    name: 'outageLasts',
    report: { of: OperationClass; milliseconds: number; error: unknown },
  ): unknown;
  emit(name: 'recovery', report: { of: OperationClass; milliseconds: number }): unknown;
}

interface OpenOutage {
  since: Date;
  began: number;
  /** When it was told last. */
  told: number;
  error: unknown;
  /** When the last operation failed. */
  last: Date;
  places: Set<string>;
}

/** Milliseconds between two reports of an outage that lasts. */
const REMINDER = 300_000;

/**
 * The outages of this process, at most one for each class of operations. An outage begins with the first failure of its class,
 * and ends when an operation of that class succeeded in each place where one had failed. A success says nothing about
 * another class, as a full Redis still answers reads, nor about another place, as one node of a cluster may be away.
 */
export class Outages {
  private readonly open = new Map<OperationClass, OpenOutage>();
  /** When the last one ended. */
  private readonly ended = new Map<OperationClass, number>();
  private closed = false;

  constructor(
    private readonly events: OutageReports,
    private readonly now: () => number = steadyNow,
    private readonly mistakes?: Mistakes,
  ) {}

  /**
   * Notes a failure, unless `error` is a refusal: a server that refuses answers. A mistake of the program is told as such, and is
   * no outage. `begun` is the time of `begin()` at which the
   * operation began, by default now: an operation that began before the last outage ended is part of that outage.
   */
  failed(of: OperationClass, place: string | number, error: unknown, begun = Infinity): void {
    if (this.closed) return;
    if (isMistake(error)) {
      this.mistakes?.failed(of, String(place), error);
      return;
    }
    if (isAnswer(error)) return;
    const outage = this.open.get(of);
    if (outage === undefined && begun <= (this.ended.get(of) ?? -Infinity)) return;
    const now = this.now();
    if (outage === undefined) {
      const places = new Set([String(place)]);
      this.open.set(of, {
        since: new Date(),
        last: new Date(),
        began: now,
        told: now,
        error,
        places,
      });
      this.events.emit('outage', { of, error });
      return;
    }
    outage.error = error;
    outage.last = new Date();
    outage.places.add(String(place));
    if (now - outage.told < REMINDER) return;
    outage.told = now;
    this.events.emit('outageLasts', { of, milliseconds: now - outage.began, error });
  }

  succeeded(of: OperationClass, place: string | number): void {
    if (this.mistakes?.isEmpty === false) this.mistakes.succeeded(of, String(place));
    // the usual case, with every call
    if (this.open.size === 0) return;
    const outage = this.open.get(of);
    if (outage?.places.delete(String(place)) !== true || outage.places.size > 0) return;
    this.open.delete(of);
    this.ended.set(of, this.now());
    this.events.emit('recovery', { of, milliseconds: this.now() - outage.began });
  }

  /** The time, for `failed()`. */
  begin(): number {
    return this.now();
  }

  /** Reports how a promise ends, and answers it. */
  async watch<Answer>(
    of: OperationClass,
    place: string | number,
    promise: Promise<Answer>,
  ): Promise<Answer> {
    const begun = this.begin();
    try {
      const answer = await promise;
      this.succeeded(of, place);
      return answer;
    } catch (error) {
      this.failed(of, place, error, begun);
      throw error;
    }
  }

  /** The last error by which the program, and no server, made operations fail; undefined where they have succeeded since. */
  get mistake(): unknown {
    return this.mistakes?.last;
  }

  /** The places where operations of a class failed, be it by a mistake, and none has succeeded since. */
  placesOf(of: OperationClass): ReadonlySet<string> {
    const away = this.open.get(of)?.places ?? NOWHERE;
    const mistaken = this.mistakes?.placesOf(of);
    return mistaken === undefined ? away : new Set([...away, ...mistaken]);
  }

  isAt(of: OperationClass, place: string | number): boolean {
    return this.placesOf(of).has(String(place));
  }

  /** When and why the last operation of a class failed; undefined where no outage lasts. */
  lastFailure(of: OperationClass): { at: Date; error: string } | undefined {
    const outage = this.open.get(of);
    return outage && { at: outage.last, error: reasonOf(outage.error) };
  }

  /** The outages that have not ended. */
  list(): Outage[] {
    return [...this.open].map(([of, { since, error }]) => ({ of, since, error: reasonOf(error) }));
  }

  /** Notes no failures any more: from now on operations fail because the application shuts down. */
  close(): void {
    this.closed = true;
  }
}

const NOWHERE: ReadonlySet<string> = new Set();
