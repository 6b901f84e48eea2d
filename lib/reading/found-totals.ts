import { FastCounterError } from '../errors.js';
import type { Total } from '../words/int64.js';

/** The total of a counter, or why it could not be read. */
export type FoundTotal = Total | FastCounterError;

/** What one read has found so far: the totals in the order of the names. */
export class FoundTotals {
  readonly totals: FoundTotal[];

  /** `settled`: what fails, fails for the counters that it is about. Otherwise it fails the read. */
  constructor(
    readonly names: readonly string[],
    private readonly settled: boolean,
  ) {
    this.totals = new Array<FoundTotal>(names.length);
  }

  /** The names of these places. */
  namesAt(places: readonly number[]): string[] {
    return places.map((place) => this.names[place] as string);
  }

  put(place: number, total: Total): void {
    this.totals[place] = total;
  }

  /** Does some work for the counters of these places; answers undefined where it failed for them alone. */
  async about<Answer>(
    places: readonly number[],
    work: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.settled || !(error instanceof FastCounterError)) throw error;
      for (const place of places) this.totals[place] = error;
      return undefined;
    }
  }
}
