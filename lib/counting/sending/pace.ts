import type { CounterCache } from '../../cache/counter-cache.js';
import { microtask, realTimers } from '../../real-timers.js';
import { Departures } from './departures.js';
import { Turns } from './turns.js';

/** A lane with more entries than this calls by itself: then Redis works for it while the callers of other lanes are told. */
const FEW = 64;

/**
 * When the lanes of a process call, and when they go on. Lanes with few entries call together, where that costs less; those with
 * many take turns.
 */
export class Pace {
  private readonly turns = new Turns();
  private readonly departures: Departures;

  constructor(
    private readonly cache: CounterCache,
    /** How long awaited entries gather before a call, in milliseconds: the option `linger`. */
    private readonly linger = 0,
  ) {
    this.departures = new Departures(linger);
  }

  /** Begins a lane that was idle, behind the code that adds its first entry. */
  begin(drain: () => void): void {
    microtask(drain);
  }

  /** Resolves when all callers who were told could go on. */
  callersTold(): Promise<void> {
    return new Promise((resolve) => realTimers.tick(resolve));
  }

  /** Resolves when a lane with these entries may call; undefined: now. */
  ready(entries: { readonly length: number }): Promise<void> | undefined {
    if (entries.length > FEW) return undefined;
    return this.linger > 0 || this.together ? this.departures.next(entries) : undefined;
  }

  /**
   * Sends, and answers when the lane may go on. `tried` is to be called when the first try of the call has ended; a call
   * that is not tried at all, as the process shuts down, need not call it.
   */
  async call<Result>(
    entries: number,
    send: (tried?: () => void) => Promise<Result>,
  ): Promise<Result> {
    if (entries <= FEW && this.together) {
      let isUnderWay = true;
      const end = (): void => {
        if (isUnderWay) this.departures.end();
        isUnderWay = false;
      };
      this.departures.begin();
      return send(end).finally(end);
    }
    this.turns.begin();
    const result = await send();
    // when several lanes get their answers together, they continue one at a time
    await this.turns.next();
    return result;
  }

  /** Somebody waits until all increments are sent: lanes that wait for a departure may call now. */
  hurry(): void {
    this.departures.leave();
  }

  private get together(): boolean {
    return this.cache.addsTogether === true;
  }
}
