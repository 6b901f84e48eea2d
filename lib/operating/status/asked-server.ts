import { isMistake } from '../../incidents/is-mistake.js';
import { refusesWrites } from '../../incidents/refuses-writes.js';
import { Silence, type Silent } from '../../incidents/silence.js';
import { reasonOf } from '../../words/quote.js';
import { withinRunning } from '../../words/within.js';

/** Milliseconds for which an answer is given again without another question. */
const FRESH = 1000;
/** Longest wait for an answer, in milliseconds. */
const PATIENCE = 200;

/**
 * What a server answered, or why there is no answer. `saysNothing` of whether it is away: the answer may still come, the program was at
 * fault, or it only takes no writes.
 */
export type Asked<Answer> =
  | { answer: Answer; error?: undefined }
  | { answer?: undefined; error: string; saysNothing?: boolean };

/**
 * A question to a server that any number of callers may ask. It is sent once a second at most, one call at a time, and no caller
 * waits long for the answer. So a server that is frozen gets one question, like any other.
 */
export class AskedServer<Answer> {
  private last?: { asked: Asked<Answer>; at: number };
  private underWay?: { since: number; ended: Promise<unknown> };

  constructor(
    private readonly ask: () => Promise<Answer>,
    /** The silence of that server, which several questions may share. */
    private readonly silence = new Silence(),
  ) {}

  /** With `anew`, an answer is not given a second time. */
  async asked(anew = false): Promise<Asked<Answer>> {
    const now = performance.now();
    const known = anew ? undefined : this.last;
    if (known !== undefined && now - known.at < FRESH) return known.asked;
    const { since, ended } = (this.underWay ??= this.begin(now));
    // one part, as the wait is short and status() promises its length
    await withinRunning(Math.max(0, PATIENCE - (now - since)), ended, 1);
    const last = this.last;
    if (last !== undefined && last.at >= now) return last.asked;
    const error = `no answer within ${Math.round(performance.now() - since)} ms`;
    return { error, saysNothing: true };
  }

  /** Since when and why the server is silent, by what `asked()` answered just now; undefined where it is not, or may still answer. */
  silent(asked: Asked<Answer>): Partial<Silent> | undefined {
    if (asked.error === undefined) return undefined;
    const { error, saysNothing } = asked;
    return this.silence.lasting ?? (saysNothing ? undefined : { error });
  }

  private begin(since: number): { since: number; ended: Promise<unknown> } {
    const end = (asked: Asked<Answer>): void => {
      this.underWay = undefined;
      this.last = { asked, at: performance.now() };
    };
    const ended = this.silence.watch(this.ask()).then(
      (answer) => end({ answer }),
      (error: unknown) => {
        const saysNothing = isMistake(error) || refusesWrites(error);
        end({ error: reasonOf(error), saysNothing });
      },
    );
    return { since, ended };
  }
}
