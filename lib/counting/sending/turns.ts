/** Nobody waits longer than this, in milliseconds, and a turn: an application that is busy has no time to gain. */
const LONGEST = 5;

/**
 * Lanes whose answers came together go on one after the other, with two turns of the event loop between them: in the
 * first the one before sends what its callers have added since, the second is that of the socket. So the cache
 * works for one lane while the callers of the next are told.
 */
export class Turns {
  private waiting: { since: number; goOn: () => void }[] = [];
  private taken = false;

  /** Undefined when nobody is before. */
  next(): Promise<void> | undefined {
    if (this.taken) {
      return new Promise((goOn) => this.waiting.push({ since: performance.now(), goOn }));
    }
    this.taken = true;
    this.leave();
    return undefined;
  }

  private leave(): void {
    setImmediate(() => setImmediate(() => this.pass()));
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
