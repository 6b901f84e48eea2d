import { Silence, type Silent } from '../incidents/silence.js';
import { reasonOf } from '../words/quote.js';
import { withinRunning } from '../words/within.js';

/** An answer is told again for so many milliseconds. */
const FRESH = 1000;
/** Nobody waits longer than this, in milliseconds. */
const PATIENCE = 200;

/** What a server answered, or why there is no answer; `isOpen` where one may still come. */
export type Asked<Answer> =
  { answer: Answer; error?: undefined } | { answer?: undefined; error: string; isOpen?: boolean };

/**
 * A question to a server that many may ask at any time: it is sent once a second at most, is under way once at a time,
 * and is not waited for long. A server that is frozen has as many questions of ours as one that answers: one.
 */
export class AskedServer<Answer> {
  private known?: { asked: Asked<Answer>; at: number };
  private underWay?: { since: number; ended: Promise<unknown> };

  constructor(
    private readonly ask: () => Promise<Answer>,
    /** Of the server, where others ask it as well. */
    private readonly silence = new Silence(),
  ) {}

  async asked(): Promise<Asked<Answer>> {
    const now = performance.now();
    if (this.known !== undefined && now - this.known.at < FRESH) return this.known.asked;
    const { since, ended } = (this.underWay ??= this.begin(now));
    // short, and promised to who asks: one part
    await withinRunning(Math.max(0, PATIENCE - (now - since)), ended, 1);
    const last = this.known;
    if (last !== undefined && last.at >= now) return last.asked;
    const error = `no answer within ${Math.round(performance.now() - since)} ms`;
    return { error, isOpen: true };
  }

  /** What is to be said of what was asked just now, where that is more than a moment. */
  silent(asked: Asked<Answer>): Partial<Silent> | undefined {
    if (asked.error === undefined) return undefined;
    const { error, isOpen } = asked;
    return this.silence.lasting ?? (isOpen ? undefined : { error });
  }

  private begin(since: number): { since: number; ended: Promise<unknown> } {
    const end = (asked: Asked<Answer>): void => {
      this.underWay = undefined;
      this.known = { asked, at: performance.now() };
    };
    const ended = this.silence.watch(this.ask()).then(
      (answer) => end({ answer }),
      (error: unknown) => end({ error: reasonOf(error) }),
    );
    return { since, ended };
  }
}
