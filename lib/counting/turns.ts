/**
 * Lanes whose answers came together go on one after the other, with two turns of the event loop between them: in the
 * first the one before sends what its callers have added since, the second is that of the socket. So the cache
 * works for one lane while the callers of the next are told.
 */
export class Turns {
  private waiting: (() => void)[] = [];
  private taken = false;

  /** Undefined when nobody is before. */
  next(): Promise<void> | undefined {
    if (this.taken) return new Promise((resolve) => this.waiting.push(resolve));
    this.taken = true;
    this.leave();
    return undefined;
  }

  private leave(): void {
    setImmediate(() => setImmediate(() => this.pass()));
  }

  private pass(): void {
    const resolve = this.waiting.shift();
    if (resolve === undefined) {
      this.taken = false;
      return;
    }
    resolve();
    this.leave();
  }
}
