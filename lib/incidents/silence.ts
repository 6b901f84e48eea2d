import { isAnswer } from './is-away.js';
import { isMistake } from './is-mistake.js';
import { refusesWrites } from './refuses-writes.js';
import { reasonOf } from '../words/quote.js';
import { steadyNow } from '../words/steady-clock.js';

/** A silence without an error lasts from this time on, in milliseconds: an answer may still come before. */
const PATIENCE = 5000;

/** Since when a server gives no answer, and why. */
export interface Silent {
  since: Date;
  error: string;
}

/**
 * The silence of a server. It begins with the first question that is not answered, and ends with any answer. It lasts as soon
 * as a question failed, or was open for five seconds: a frozen server does not say that it is away.
 */
export class Silence {
  /** When the first question came that is not answered. */
  private began?: number;
  /** Why the last question failed. */
  private error?: string;
  private answeredAt = -Infinity;
  /** The last one that ended, after a question had failed. */
  private former?: { began: number; ended: number };

  constructor(private readonly now: () => number = steadyNow) {}

  /** Of a question that is answered at once by a server that is well: a batch of counts may take its time. */
  async watch<Answer>(question: Promise<Answer>): Promise<Answer> {
    const asked = this.now();
    this.began ??= asked;
    try {
      const answer = await question;
      this.answered();
      return answer;
    } catch (error) {
      if (isMistake(error)) this.notAsked(asked);
      else if (isAnswer(error) || refusesWrites(error)) this.answered();
      else this.failed(asked, error);
      throw error;
    }
  }

  answered(): void {
    const now = this.now();
    if (this.began !== undefined && this.error !== undefined) {
      this.former = { began: this.began, ended: now };
    }
    this.answeredAt = now;
    this.began = undefined;
    this.error = undefined;
  }

  /** When a silence began that lasts, or that ended no longer ago than so many milliseconds. */
  beganWithin(milliseconds: number): Date | undefined {
    const { lasting, former } = this;
    if (lasting !== undefined) return lasting.since;
    const now = this.now();
    if (former === undefined || now - former.ended > milliseconds) return undefined;
    return new Date(Date.now() - (now - former.began));
  }

  get lasting(): Silent | undefined {
    if (this.began === undefined) return undefined;
    const milliseconds = this.now() - this.began;
    if (this.error === undefined && milliseconds < PATIENCE) return undefined;
    return {
      since: new Date(Date.now() - milliseconds),
      error: this.error ?? `No answer for ${Math.round(milliseconds / 1000)} s`,
    };
  }

  /** The program was at fault: that says nothing about the server. */
  private notAsked(asked: number): void {
    if (this.began === asked) this.began = undefined;
  }

  private failed(asked: number, error: unknown): void {
    // others may have been answered while this one was open
    this.began ??= Math.max(asked, this.answeredAt);
    this.error = reasonOf(error);
  }
}
