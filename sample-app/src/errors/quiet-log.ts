import { Logger } from '@nestjs/common';

/** Milliseconds between two lines about the same thing. */
const QUIET = 60_000;

/** Errors that may come with every request: one line about each kind in a minute, however many there are. */
export class QuietLog {
  private readonly logger: Logger;
  private readonly last = new Map<string, number>();

  constructor(context: string) {
    this.logger = new Logger(context);
  }

  /** With its stack. */
  error(kind: string, error: unknown): void {
    if (this.isTime(kind)) this.logger.error(error);
  }

  warn(kind: string, text: string): void {
    if (this.isTime(kind)) this.logger.warn(text);
  }

  private isTime(kind: string): boolean {
    const now = performance.now();
    if (now - (this.last.get(kind) ?? -Infinity) < QUIET) return false;
    this.last.set(kind, now);
    return true;
  }
}
