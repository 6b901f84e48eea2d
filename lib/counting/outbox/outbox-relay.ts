import { tellingRefusals } from '../../database/telling-refusals.js';
import { CacheUnavailableError } from '../../errors.js';
import type { CounterEvents } from '../../events.js';
import type { Outbox } from '../../database/outbox/outbox.js';
import { pause, spread } from '../../words/back-off.js';
import { Repeating } from '../../words/repeating.js';
import { ExpectedRows } from './expected-rows.js';
import type { Round, RowCounter } from './row-counter.js';
import { AWAY, ELSEWHERE, WITHOUT_RIGHT } from './waiting-rows.js';

/** Rows that are taken together. */
const BATCH = 500;
/** Milliseconds between two looks at transactions that are open, and after a look that failed. */
const LOOK = 100;
const FAILED = 1000;
/** Sweep intervals between two looks where nothing waits. */
const IDLE = 3;

const NOTHING: Round = { found: new Set(), settled: new Set(), elsewhere: false };

interface RelayDependencies {
  outbox: Outbox;
  events: CounterEvents;
  rows: Pick<RowCounter, 'countSome'>;
  /** Whether this process sweeps for all. */
  leads: () => boolean;
}

/**
 * Has the rows of the outbox counted. A process counts what it wrote
 * itself as soon as the transaction is committed; the process that sweeps for all makes up for processes that died.
 *
 *     written ──commit──► waiting ──take──► taken ──counted──► removed
 *        └─rollback─► gone                    └──refused for good, or it is not known whether it was counted──► refused
 */
export class OutboxRelay {
  private readonly expected = new ExpectedRows();
  private readonly sweeping: Repeating;
  private timer?: NodeJS.Timeout;
  private underWay: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private ending = false;
  /** Whether nothing was found the last time. */
  private isIdle = true;

  constructor(
    private readonly dependencies: RelayDependencies,
    sweepInterval: number,
  ) {
    this.sweeping = new Repeating(
      () => this.sweep(),
      () => spread((this.isIdle ? IDLE : 1) * sweepInterval, 0.75, 1.25),
    );
  }

  /** Looks for rows of other processes too. */
  start(): void {
    this.sweeping.startLater();
  }

  /** Notes rows of a transaction, and when they were made: they are counted when it is committed. */
  expect(ids: readonly string[], isOpen: () => boolean, since = Date.now()): void {
    this.expected.add(ids, isOpen, since);
    this.lookLater(LOOK);
  }

  /** Rows that were made at this time are being written, until the function that this answers is called. */
  begin(since: number): () => void {
    return this.expected.begin(since);
  }

  /**
   * When this process wrote the first row that is not counted, in milliseconds since 1970: its transaction may still be open. `Infinity`
   * where there is none.
   */
  get expectedSince(): number {
    return this.expected.since;
  }

  /** Counts what this process wrote and is committed by now. Never rejects. */
  async drain(): Promise<void> {
    await this.underWay;
    await this.look();
  }

  /**
   * Counts all that was committed before, by whichever process; more may come all the time. Rejects where some of it cannot be
   * counted now.
   */
  async settle(): Promise<void> {
    const last = await this.dependencies.outbox.last();
    if (last === undefined) return;
    // rows that another process was taking during the first time are found by the second one, or gone
    for (let time = 0; time < 2; time++) {
      for (let isMore = true; isMore;) {
        // the oldest come first
        const { found, settled, elsewhere } = await this.dependencies.rows.countSome({
          limit: BATCH,
        });
        const before = [...found].filter((id) => id <= last);
        // the buffer may have room for some only
        const isLeft = before.some((id) => !settled.has(id));
        if (isLeft && (elsewhere ? this.ending : settled.size === 0)) {
          throw new CacheUnavailableError(elsewhere ? ELSEWHERE : AWAY);
        }
        if (isLeft && elsewhere) await pause(LOOK);
        isMore = isLeft || (found.size === BATCH && before.length > 0);
      }
    }
  }

  /** The process is about to end: nobody waits for what others count any more. */
  end(): void {
    this.ending = true;
  }

  /** Resolves when the rounds under way have ended. */
  async stop(): Promise<void> {
    this.end();
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.all([this.underWay, this.sweeping.stop()]);
  }

  private lookLater(milliseconds: number): void {
    if (this.timer !== undefined || this.stopped || this.expected.size === 0) return;
    this.timer = setTimeout(() => {
      this.underWay = this.look().then((done) => {
        this.timer = undefined;
        this.lookLater(done ? LOOK : FAILED);
      });
    }, milliseconds).unref();
  }

  /** Answers false where nothing of what was found could be settled. Never rejects. */
  private async look(): Promise<boolean> {
    for (;;) {
      const due = this.expected.due(BATCH);
      if (due.size === 0) return true;
      const round = await this.attempt(async () => {
        const { rows } = this.dependencies;
        const made = await rows.countSome({ ids: [...due.keys()], limit: BATCH });
        for (const [id, { isOver }] of due) {
          if (made.settled.has(id) || (isOver && !made.found.has(id))) this.expected.delete(id);
        }
        return made;
      });
      if (round === undefined || (round.settled.size === 0 && round.found.size > 0)) return false;
      if (due.size < BATCH || this.stopped) return true;
    }
  }

  private async sweep(): Promise<void> {
    const { leads, outbox, events } = this.dependencies;
    this.isIdle = true;
    // a problem that this process told lasts until it succeeds
    const isMeant = leads() || events.misconfigurations.isTold(WITHOUT_RIGHT);
    // tables of a version before have no outbox
    if (!isMeant || !(await outbox.exists().catch(() => false))) return;
    for (;;) {
      const round = await this.attempt(async () => {
        // mostly there is nothing: that takes one statement, and no call to Redis
        if ((await outbox.last()) === undefined) return NOTHING;
        this.isIdle = false;
        return this.dependencies.rows.countSome({ limit: BATCH });
      });
      const goesOn = round?.found.size === BATCH && round.settled.size > 0;
      if (!goesOn || this.stopped) return;
    }
  }

  /** Makes a round. Undefined where it failed, which the next round makes up for. */
  private async attempt(round: () => Promise<Round>): Promise<Round | undefined> {
    let ended: Round | undefined;
    await tellingRefusals(this.dependencies.events, WITHOUT_RIGHT, async () => {
      ended = await round();
    });
    return ended;
  }
}
