/**
 * Does a task again and again, a pause after each end of it, also after one that rejected. Its timers keep no process alive.
 */
export class Repeating {
  private timer?: NodeJS.Timeout;
  private running: Promise<unknown> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly task: () => Promise<unknown>,
    /** Milliseconds, for each pause anew. */
    private readonly pause: () => number,
  ) {}

  get stopped(): boolean {
    return this.isStopped;
  }

  start(): void {
    const goOn = (): void => this.startLater();
    this.running = this.task().then(goOn, goOn);
  }

  /** The first time comes after a pause. */
  startLater(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => this.start(), this.pause()).unref();
  }

  /** Resolves when the task under way has ended; it is the last one. */
  stop(): Promise<unknown> {
    this.isStopped = true;
    clearTimeout(this.timer);
    return this.running;
  }
}
