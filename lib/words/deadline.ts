/** Parts in which the time is waited for. */
const PARTS = 4;

/**
 * Calls back after a number of milliseconds in which this process ran, and read what came for it. A process that stood
 * still, by long synchronous work or because it was frozen, wakes up with all its timers due and all answers unread:
 * - the time is waited for part by part, so of a standstill one part counts at most;
 * - a last part that the process stood still for is waited for once more;
 * - before the call, sockets are read.
 */
export class Deadline {
  private timer?: NodeJS.Timeout;
  private immediate?: NodeJS.Immediate;
  private left: number;
  private repeated = false;
  private armed = 0;
  private readonly part: number;

  constructor(
    milliseconds: number,
    private readonly reached: () => void,
    /** Each part can be late by what keeps the event loop: where the time is short and promised, one. */
    parts = PARTS,
  ) {
    this.left = parts;
    this.part = milliseconds / parts;
    this.arm();
  }

  cancel(): void {
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  private arm(): void {
    this.armed = performance.now();
    this.timer = setTimeout(() => this.next(), this.part);
  }

  private next(): void {
    const stoodStill = performance.now() - this.armed >= 2 * this.part;
    if (--this.left > 0) this.arm();
    else if (stoodStill && !this.repeated) {
      this.repeated = true;
      this.left = 1;
      this.arm();
    } else this.immediate = setImmediate(this.reached);
  }
}

/** Most calls in a row that are left out. */
const LEFT_OUT = 3;

/** Calls at an interval, in milliseconds, but not just after this process stood still: there are answers to read first. */
export function whileRunning(milliseconds: number, call: () => void): NodeJS.Timeout {
  let last = performance.now();
  let leftOut = 0;
  return setInterval(() => {
    const late = performance.now() - last >= 2 * milliseconds;
    last = performance.now();
    leftOut = late && leftOut < LEFT_OUT ? leftOut + 1 : 0;
    if (leftOut === 0) call();
  }, milliseconds);
}
