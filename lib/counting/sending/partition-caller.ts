import type {
  AddAnswer,
  CounterCache,
  Operation,
  Outcome,
  Wake,
} from '../../cache/counter-cache.js';
import { CacheUnavailableError, type FastCounterError, ShutDownError } from '../../errors.js';
import { UnexpectedError } from '../../mismatch-errors.js';
import { isMistake } from '../../incidents/is-mistake.js';
import type { Outages } from '../../incidents/outages.js';
import { backOff, pause, spread } from '../../words/back-off.js';
import { reasonOf } from '../../words/quote.js';
import type { PartitionSetup } from '../../persisting/partition-setup.js';
import type { SettingsCheck } from '../../persisting/neighbours/settings-check.js';
import { hasLateRow } from './late-rows.js';
import { isForGood, isKnownNotToHaveRun, REASONS, unknownOutcome } from './outcomes.js';

export interface Applied {
  outcomes: ReadonlyMap<number, Outcome>;
  /** A job is to be made. */
  wake?: Wake;
  /** The cache forgot calls that it had acknowledged, in this generation. */
  lost: boolean;
  generation: string;
  /** An earlier try may have been applied and forgotten: a refusal now does not say that it was not. */
  uncertain: boolean;
}

/** The end of a call: applied, or an error that holds for every operation of it. */
export type EndedCall = Applied | { error: FastCounterError; reason?: string };
/** Or nothing was applied, and a row of the outbox in it must not be sent any more. */
export type CallResult = EndedCall | { hasLateRow: true };

/** What the callers of a process share. */
export interface CallerDependencies {
  cache: CounterCache;
  setup: PartitionSetup;
  settings: SettingsCheck;
  outages: Outages;
  /** Identifies this process to the dedupe in the cache. */
  client: string;
}

/** Shorter than the cache keeps the last answer to a sender, in milliseconds. */
const REMEMBERED = 86_400_000;
/** A call that may be applied is not repeated for longer: the cache forgets senders after seven days. */
const REPEATED = 6 * REMEMBERED;
/** Between two tries, in milliseconds. */
const PAUSES = { first: 25, longest: 1000 };
/** After this many answers in a row that make no sense, the outcome of a call is unknown. */
const MISUNDERSTANDINGS = 3;

/**
 * Calls the `add` step of one partition until it answers, always the same call under the same seq:
 * the cache remembers the last seq of a client, so it is applied once. A call that may have been
 * applied is never repeated into another generation: then its outcome is unknown.
 */
export class PartitionCaller {
  private seq = 0;
  private generation = '';
  private acknowledged = 0;
  private acknowledgedAt = 0;
  private lost = false;
  private stopped = false;
  private calling = false;

  constructor(
    private readonly partition: number,
    private readonly dependencies: CallerDependencies,
  ) {}

  get hasCalled(): boolean {
    return this.seq > 0;
  }

  /**
   * Never rejects. `distinct`: no two operations are of one counter. `tried` is called once, when the cache has answered for
   * the first time or has failed to.
   */
  async call(
    operations: readonly Operation[],
    distinct: boolean,
    tried?: () => void,
  ): Promise<CallResult> {
    this.calling = true;
    try {
      return await this.untilAnswered(operations, distinct, tried);
    } finally {
      this.calling = false;
    }
  }

  /**
   * Sends an empty call to see whether Redis takes writes again, and ends the outage if it does. Not needed while a call is
   * under way. A sweep comes first, as a call is repeated until Redis answers: if it fails, the answer is undefined. Never
   * rejects.
   */
  async prove(): Promise<Applied | undefined> {
    try {
      await this.dependencies.cache.sweep(this.partition);
    } catch {
      return undefined;
    }
    const result = await this.call([], true);
    return 'outcomes' in result ? result : undefined;
  }

  /** Takes no other call; has the cache drop the last answer, if there is none to come. Never rejects. */
  async retire(): Promise<void> {
    const { cache, client } = this.dependencies;
    this.stop();
    if (this.seq === 0 || this.calling) return;
    await cache.retire(this.partition, client).catch(() => undefined);
  }

  private async untilAnswered(
    operations: readonly Operation[],
    distinct: boolean,
    tried?: () => void,
  ): Promise<CallResult> {
    const { partition } = this;
    const { cache, client, outages } = this.dependencies;
    const seq = ++this.seq;
    const since = Date.now();
    let mayBeApplied = false;
    let misunderstood = 0;
    let cause: unknown;
    for (let attempt = 0; !this.stopped; attempt++) {
      const isLate = attempt > 0 && hasLateRow(operations);
      if (mayBeApplied && (isLate || Date.now() - since > REPEATED)) {
        return outcomeUnknown(REASONS.tooLate, cause);
      }
      if (isLate) return { hasLateRow: true };
      const { generation } = this;
      const begun = outages.begin();
      try {
        const acknowledged = this.isRemembered() ? this.acknowledged : 0;
        const uncertain = mayBeApplied;
        const sender = { client, seq, generation, acknowledged, uncertain };
        const adding = cache.add(partition, { ...sender, operations, distinct });
        if (attempt === 0 && tried !== undefined) adding.then(tried, tried);
        const answer = await adding;
        if (answer.status === 'applied') {
          this.remember(seq);
          outages.succeeded('write', partition);
        }
        const result = await this.accept(answer, mayBeApplied, cause);
        if (result !== undefined) return result;
      } catch (error) {
        if (isForGood(error)) return { error };
        const isOutage = error instanceof CacheUnavailableError && !isMistake(error);
        misunderstood = isOutage ? 0 : misunderstood + 1;
        outages.failed('write', partition, error, begun);
        const didNotRun = isKnownNotToHaveRun(error);
        if (misunderstood === MISUNDERSTANDINGS) {
          if (didNotRun && !mayBeApplied) return { error };
          return outcomeUnknown(REASONS.notUnderstood, error);
        }
        // no partition is in the generation '': it only asks which one it is
        mayBeApplied ||= !didNotRun && generation !== '';
        cause = error;
        await this.backOff(attempt);
      }
    }
    return mayBeApplied ? outcomeUnknown(REASONS.shutDown, cause) : { error: new ShutDownError() };
  }

  /** Gives up the call under way, and takes no other. */
  stop(): void {
    this.stopped = true;
  }

  /** Undefined when the call was not applied and goes out again. */
  private async accept(
    answer: AddAnswer,
    mayBeApplied: boolean,
    cause: unknown,
  ): Promise<CallResult | undefined> {
    switch (answer.status) {
      case 'applied': {
        const lost = answer.lost === true || this.lost;
        this.lost = false;
        const uncertain = answer.uncertain === true;
        return { ...answer, lost, uncertain, generation: this.generation };
      }
      case 'settings':
        return { error: this.dependencies.settings.mismatch(answer.settings) };
      case 'stale':
      case 'interrupted':
        return outcomeUnknown(REASONS.notFinished, cause);
      case 'unseeded':
        if (mayBeApplied) return outcomeUnknown(REASONS.lost, cause);
        await this.setUp();
        return undefined;
      case 'generation':
        if (mayBeApplied) return outcomeUnknown(REASONS.lost, cause);
        // it only changes when the cache was empty or parked: that is told by events of their own, but for the first seeding
        this.lost ||= this.acknowledged > 0 && answer.generation.endsWith(':0');
        this.generation = answer.generation;
        this.acknowledged = 0;
        return undefined;
    }
  }

  private remember(seq: number): void {
    this.acknowledged = seq;
    this.acknowledgedAt = performance.now();
  }

  /** The cache forgets senders that were idle for days. */
  private isRemembered(): boolean {
    return performance.now() - this.acknowledgedAt < REMEMBERED;
  }

  private async setUp(): Promise<void> {
    try {
      await this.dependencies.setup.setUp(this.partition);
    } catch (cause) {
      if (isForGood(cause)) throw cause;
      // whatever failed, it was not this call
      const options = { cause, mayHaveRun: false };
      const message = `Partition ${this.partition} could not be set up: ${reasonOf(cause)}`;
      if (isMistake(cause)) throw new UnexpectedError(`${message}; nothing was counted`, options);
      throw new CacheUnavailableError(message, options);
    }
  }

  private async backOff(attempt: number): Promise<void> {
    if (this.stopped) return;
    await pause(spread(backOff(attempt, PAUSES), 0.5, 1));
  }
}

const outcomeUnknown = (reason: string, cause: unknown): CallResult => ({
  error: unknownOutcome(reason, cause),
  reason,
});
