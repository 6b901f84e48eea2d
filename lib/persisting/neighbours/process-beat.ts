import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { NotedRules, SeenRules, ToldByProcess } from '../../cache/processes.js';
import type { Silence } from '../../incidents/silence.js';
import { VERSION } from '../../version.js';
import { Repeating } from '../../words/repeating.js';

/** Milliseconds between two beats: a process that persists is missed after three. */
const INTERVAL = 10_000;

/** What a process says of itself beside what it is. */
export interface Saying {
  /** Whether it persists. */
  persists: boolean;
  /** As `ProcessDetails` has it. */
  deliveredUntil: () => number;
  /** What no other process knows; undefined where there is nothing. */
  told?: () => ToldByProcess | undefined;
  /** As `ProcessDetails` has it. */
  updateInterval?: number;
}

/** What a beat carries, so that a process that does nothing else sends one command instead of three. */
export interface Carried {
  /** Notes the rules of windows by `send`, and hears those of others. Rejects as `send` does. */
  rules?: { noteBy(send: (rules: NotedRules) => Promise<SeenRules[]>): Promise<void> };
  /** Asks for the lead at once. */
  sweeper?: { askNow(): void };
}

/** Tells other processes every ten seconds that this one runs and what it holds, and when it ends. */
export class ProcessBeat {
  private readonly id = randomUUID();
  private readonly details = { host: hostname(), pid: process.pid, version: VERSION };
  private readonly beating: Repeating;
  /** Whether Redis took the last beat. */
  private shown = false;

  constructor(
    private readonly cache: Pick<CounterCache, 'beat'>,
    private readonly silence: Silence,
    private readonly saying: Saying,
    private readonly carried: Carried = {},
    private readonly interval = INTERVAL,
  ) {
    this.beating = new Repeating(
      () => this.beat(),
      () => this.interval,
    );
  }

  start(): void {
    this.beating.start();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await this.beating.stop();
    // a Redis that is away is not waited for: it forgets a process that says nothing any more
    if (this.shown) await this.cache.beat(this.id).catch(() => undefined);
  }

  /** Never rejects: persisting tells that Redis is away. */
  private async beat(): Promise<void> {
    const { rules, sweeper } = this.carried;
    let ledFor = 0 as number;
    const send = async (noted?: NotedRules): Promise<SeenRules[]> => {
      const { persists, deliveredUntil, told, updateInterval } = this.saying;
      const until = deliveredUntil();
      const said = { persists, deliveredUntil: until, told: told?.(), updateInterval };
      const beat = this.cache.beat(this.id, { ...this.details, ...said }, noted);
      const answer = await this.silence.watch(beat);
      ledFor = answer.ledFor;
      return answer.rules;
    };
    const sent: Promise<unknown> = rules?.noteBy(send) ?? send();
    this.shown = await sent.then(
      () => true,
      () => false,
    );
    if (ledFor === 0) sweeper?.askNow();
  }
}
