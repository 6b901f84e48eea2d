import type { Subscriber } from 'rxjs';
import type { FastCounterError } from '../errors.js';
import type { SettledCount } from './settled-counts.js';

/** What one subscriber asked for. */
export interface Watched {
  names: ReadonlySet<string>;
  /** Milliseconds between two reads. */
  every: number;
  bigint: boolean;
  onError: ((error: FastCounterError) => void) | undefined;
}

/** The counters that one subscriber watches, and what he was told last. */
export class WatchedCounters {
  /** When they are to be read next, by the clock of `CountWatch`. */
  due = 0;
  /** Whether a read of them is under way. */
  isRead = false;
  private readonly values = new Map<string, number | bigint>();
  private wasTold = false;
  private isFailing = false;

  constructor(
    readonly watched: Watched,
    private readonly subscriber: Subscriber<Map<string, number | bigint>>,
  ) {}

  /** Takes what was read; tells it if something changed. What could not be read stays as it was. */
  take(countOf: (name: string, bigint: boolean) => SettledCount): void {
    const { names, bigint } = this.watched;
    let failure: FastCounterError | undefined;
    let isNew = !this.wasTold;
    for (const name of names) {
      const count = countOf(name, bigint);
      if (typeof count === 'object') failure ??= count;
      else if (this.values.get(name) !== count) {
        this.values.set(name, count);
        isNew = true;
      }
    }
    this.noteFailure(failure);
    if (!isNew || (names.size > 0 && this.values.size === 0)) return;
    this.wasTold = true;
    // a copy: it is the subscriber's, and need not be read at once
    this.subscriber.next(new Map(this.values));
  }

  complete(): void {
    this.subscriber.complete();
  }

  /** Told once until all can be read again. */
  private noteFailure(failure: FastCounterError | undefined): void {
    const isFirst = failure !== undefined && !this.isFailing;
    this.isFailing = failure !== undefined;
    if (!isFirst) return;
    try {
      this.watched.onError?.(failure);
    } catch (error) {
      // who wants an end gets one
      this.subscriber.error(error);
    }
  }
}
