/** Seconds that are kept. */
const KEPT = 60;

/** How much came in each of the last sixty seconds. */
export class Rates {
  private readonly seconds = new Array<number>(KEPT + 1).fill(0);
  private newest: number;

  constructor(private readonly clock: () => number = () => performance.now()) {
    this.newest = this.now();
  }

  add(count: number): void {
    this.goOn();
    this.seconds[this.newest % this.seconds.length] = this.newestCount + count;
  }

  /** The whole seconds, the oldest first. */
  list(): number[] {
    this.goOn();
    const { length } = this.seconds;
    return Array.from(
      { length: KEPT },
      (_, i) => this.seconds[(this.newest + 1 + i) % length] ?? 0,
    );
  }

  private get newestCount(): number {
    return this.seconds[this.newest % this.seconds.length] ?? 0;
  }

  private goOn(): void {
    const now = this.now();
    const { length } = this.seconds;
    if (now - this.newest >= length) this.seconds.fill(0);
    else for (let it = this.newest + 1; it <= now; it++) this.seconds[it % length] = 0;
    this.newest = now;
  }

  private now(): number {
    return Math.floor(this.clock() / 1_000);
  }
}
