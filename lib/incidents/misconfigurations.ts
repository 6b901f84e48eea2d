import type { LogLines } from './log-lines.js';
import { printable } from '../words/quote.js';

/** What is set up wrong, as this process found. */
export interface Misconfiguration {
  since: Date;
  message: string;
}

interface MisconfigurationReports {
  readonly lines: LogLines;
  emit(name: 'misconfigured', report: { message: string }): unknown;
}

/** Most misconfigurations that are remembered. */
const MOST = 100;

/** What is set up wrong in a server: each is told once, and again only after it was mended. */
export class Misconfigurations {
  private readonly found = new Map<string, Date>();
  /** What was told of subjects that can be mended while this process runs. */
  private readonly messages = new Map<string, string>();

  constructor(private readonly events: MisconfigurationReports) {}

  isTold(subject: string): boolean {
    return this.messages.has(subject);
  }

  tell(subject: string, message: string): void {
    if (this.messages.has(subject)) return;
    this.messages.set(subject, message);
    this.events.emit('misconfigured', { message });
  }

  /** Of the start: its line and the error of who must not count say so. */
  note(subject: string, message: string): void {
    this.messages.set(subject, message);
    this.remember(message);
  }

  mended(subject: string): void {
    const message = this.messages.get(subject);
    if (message === undefined) return;
    this.messages.delete(subject);
    this.found.delete(message);
    this.events.lines.of('FC-MISCONFIGURED').end(`This problem has ended: ${printable(message)}`);
  }

  /** Remembers what the event told, whoever emitted it. */
  remember(message: string): void {
    if (!this.found.has(message) && this.found.size < MOST) this.found.set(message, new Date());
  }

  /** The oldest first. */
  list(): Misconfiguration[] {
    return [...this.found].map(([message, since]) => ({ message, since }));
  }
}
