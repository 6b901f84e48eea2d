import { realTimers } from '../../real-timers.js';

/** Longest wait in milliseconds, and a turn of the event loop. Under load, waiting longer gains nothing. */
const LONGEST = 5;
/** How often in a row a lane that is alone goes on at once: a cache in memory answers without a turn of the event loop. */
const ALONE_IN_A_ROW = 16;

/**
 * When several lanes get their answers together, they continue one at a time, with two turns of the event loop between them:
 * in the first turn the previous lane writes its next call, in the second the socket sends that call. So the cache works for
 * one lane while the callers of the next one are told.
 */
export class Turns {
  private waiting: { since: number; goOn: () => void }[] = [];
  private taken = false;
  /** Lanes that wait for an answer. */
  private underWay = 0;
  private aloneInARow = 0;

  /** A lane makes a call; `next()` is to follow. */
  begin(): void {
    this.underWay++;
  }

  /** Resolves when the lane may continue. Undefined when no other lane is before it, or waits for an answer. */
  next(): Promise<void> | undefined {
    this.underWay--;
    const isAlone = this.underWay === 0 && !this.taken;
    if (isAlone && ++this.aloneInARow <= ALONE_IN_A_ROW) return undefined;
    this.aloneInARow = 0;
    if (this.taken) {
      return new Promise((goOn) => this.waiting.push({ since: performance.now(), goOn }));
    }
    this.taken = true;
    this.leave();
    return undefined;
  }

  private leave(): void {
    realTimers.immediate(() => realTimers.immediate(() => this.pass()));
  }

  private pass(): void {
    const limit = performance.now() - LONGEST;
    const late = this.waiting.filter(({ since }) => since <= limit).length;
    const passed = this.waiting.splice(0, Math.max(1, late));
    this.taken = passed.length > 0;
    if (this.taken) this.leave();
    for (const { goOn } of passed) goOn();
  }
}
