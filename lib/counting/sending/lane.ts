import { hasKey } from '../../cache/key-digest.js';
import { NewCounterLimitError, OutcomeUnknownError } from '../../errors.js';
import type { BufferEntry } from '../entries/buffer-entry.js';
import { EntryQueue } from '../entries/entry-queue.js';
import type { LaneDependencies, LaneOwner } from './lane-dependencies.js';
import { withoutLateRows } from './late-rows.js';
import type { AdmissionHandler } from './new-counter-limits.js';
import { HeldEntries, type ReleaseHandler } from '../entries/held-entries.js';
import { isRefusal, outcomeOf, REASONS, type SettledOutcome, unknownOutcome } from './outcomes.js';
import type { PartitionCaller } from './partition-caller.js';
import { sentBatch } from './sent-batch.js';
import { UnsettledEntries } from '../entries/unsettled-entries.js';

/** At most this many entries have their callers rejected in one turn of the event loop. */
const REJECTED_AT_ONCE = 1000;

/**
 * The entries of one partition on their way to the cache, one call at a time. Entries gather for 50 ms unless somebody awaits one:
 *
 *     idle ──push──► waiting for the queue ──► calling ──► calling with the next entries, or idle
 *                                                 └─ cold entries wait for their base; later entries of the
 *                                                    same counter wait behind them, so that order is kept
 */
export class Lane {
  private readonly queue = new EntryQueue();
  readonly unsettled = new UnsettledEntries(this.queue);
  private readonly held: HeldEntries;
  private calling = false;

  constructor(
    private readonly partition: number,
    private readonly caller: PartitionCaller,
    private readonly owner: LaneOwner,
    private readonly dependencies: LaneDependencies,
  ) {
    const { warm, bucketsOf, formerKeys } = dependencies;
    const askFormer = (entry: BufferEntry, names: readonly string[]) =>
      formerKeys.ask(entry, names, owner);
    const { onHold } = this.unsettled;
    this.held = new HeldEntries(this.queue, onHold, { warm, bucketsOf, askFormer }, this.released);
  }

  push(entry: BufferEntry): void {
    this.unsettled.add(entry);
    if (entry.kind === 'delete') this.held.noteEarlier(entry);
    entry.counter.unsettledEntries++;
    // what a transaction has committed is counted, and what is taken back: no limit holds for it
    const isLimited = entry.row === undefined && !entry.goesPast;
    if (isLimited && this.dependencies.newCounters.concerns(entry.name)) {
      this.unsettled.onHold.add(entry);
      this.dependencies.newCounters.ask(entry, this.admission);
    } else this.enqueue(entry);
  }

  /** Somebody waits for an entry now. */
  hurry(): void {
    this.queue.hurry();
  }

  /** Resolves when all that was pushed before is settled. */
  whenSettled(): Promise<void> {
    this.hurry();
    this.dependencies.pace.hurry();
    return this.unsettled.allSettled();
  }

  /** Rejects callers who waited longer than this, in ms, with OutcomeUnknownError; their entries are still sent. */
  rejectLate(olderThan: number): void {
    const now = performance.now();
    // a number at a time, the rest in later turns of the event loop: the application answers meanwhile
    const late = this.unsettled.since(now - olderThan, REJECTED_AT_ONCE);
    if (late.length === 0) return;
    if (late.length === REJECTED_AT_ONCE) setImmediate(() => this.rejectLate(olderThan));
    const reason = `not acknowledged within ${olderThan} ms (option acknowledgeTimeout)`;
    const error = new OutcomeUnknownError(`The increment was ${reason}; it may still be counted`);
    const { refusals } = this.dependencies.events;
    for (const entry of late) refusals.add(error, entry.reject(error, now));
    this.reportUnknown(late.length, reason);
  }

  /** Sends an empty call to see whether Redis takes writes again. Not needed while a call is under way. */
  async prove(): Promise<void> {
    if (this.calling) return;
    this.calling = true;
    const result = await this.caller.prove();
    if (result?.lost) void this.dependencies.losses.reportLost(this.partition, result.generation);
    await this.drain();
  }

  /** Sends no more. The call under way ends, and what is left is rejected as the lane comes to it. */
  stop(): void {
    this.caller.stop();
  }

  private readonly released: ReleaseHandler = {
    send: (entry) => this.enqueue(entry),
    failed: (entry, error) => this.goOnWithoutTotal(entry, error),
    settled: (entry, outcome) => this.settle(entry, outcome === 'applied' ? undefined : outcome),
  };

  private readonly admission: AdmissionHandler = {
    admitted: (entry) => {
      this.unsettled.onHold.delete(entry);
      this.enqueue(entry);
    },
    refused: (entry, overflow) => void this.redirect(entry, overflow),
    failed: (entry, error) => this.reject(entry, error),
  };

  /** Over the limit: moves plain increments to the overflow counter, so that the sum of all stays right; rejects the rest. */
  private async redirect(entry: BufferEntry, overflow: string): Promise<void> {
    entry.close();
    const error = new NewCounterLimitError(entry.name, overflow);
    if (entry.kind !== 'add' || hasKey(entry)) {
      this.reject(entry, error);
      return;
    }
    this.dependencies.events.refusals.add(error, entry.dropTotals(error));
    try {
      await this.owner.carry(entry, overflow);
      this.acknowledge(entry);
    } catch (failure) {
      this.reject(entry, failure);
    }
  }

  private enqueue(entry: BufferEntry): void {
    if (!entry.goesPast && this.held.add(entry)) return;
    this.queue.push(entry);
    if (this.calling) return;
    this.calling = true;
    this.dependencies.pace.begin(() => void this.drain());
  }

  private async drain(): Promise<void> {
    while (!this.queue.isEmpty) {
      await this.queue.gathered();
      if (!this.unsettled.areAwaited) await this.dependencies.pace.ready(this.queue);
      const { entries, distinct } = this.queue.take();
      this.unsettled.underWay = entries;
      // an error in this code, or an answer that makes no sense, must not stop what comes after
      await this.deliver(this.timely(entries), distinct).catch((error: unknown) => {
        const left = entries.filter(({ isSettled }) => !isSettled);
        for (const entry of left) this.rejectUnknown(entry, REASONS.notUnderstood, error);
      });
      this.unsettled.underWay = [];
      // callers often call again as soon as they are told: wait until they have, so that their increments share the next call
      await this.dependencies.pace.callersTold();
    }
    this.calling = false;
  }

  private async deliver(entries: readonly BufferEntry[], distinct: boolean): Promise<void> {
    if (entries.length === 0) return;
    const { partition, caller } = this;
    const { batches } = this.dependencies.events;
    const began = batches.areThere ? performance.now() : 0;
    const send = (tried?: () => void) => caller.call(entries, distinct, tried);
    const result = await this.dependencies.pace.call(entries.length, send);
    if ('hasLateRow' in result) return this.deliver(this.timely(entries), distinct);
    if (began > 0) batches.tell(sentBatch(partition, entries, began, result));
    if ('error' in result) {
      for (const entry of entries) this.reject(entry, result.error);
      if (result.reason !== undefined) this.reportUnknown(entries.length, result.reason);
      return;
    }
    if (result.lost) void this.dependencies.losses.reportLost(partition, result.generation);
    if (result.wake !== undefined) this.dependencies.queue.trigger(partition, result.wake);
    this.dependencies.events.emit('acknowledged', { partition, operations: entries.length });
    const { outcomes, uncertain } = result;
    if (outcomes.size === 0) {
      for (const entry of entries) this.acknowledge(entry);
      return;
    }
    const cold = new Set<BufferEntry>();
    const moved = new Map<BufferEntry, readonly string[]>();
    const notYet: BufferEntry[] = [];
    entries.forEach((entry, index) => {
      const outcome = outcomes.get(index);
      // an earlier try may have been applied and forgotten: then this try was refused, and the first one counted
      if (uncertain && isRefusal(outcome)) this.rejectUnknown(entry, REASONS.forgotten);
      else if (outcome?.kind === 'cold' || outcome?.kind === 'behind') {
        notYet.push(entry);
        if (outcome.kind !== 'cold') return;
        entry.foundBuckets = outcome.buckets ?? entry.foundBuckets;
        cold.add(entry);
      } else if (outcome?.kind === 'moved') {
        notYet.push(entry);
        moved.set(entry, outcome.from);
      } else this.settle(entry, outcome);
    });
    if (notYet.length > 0) this.held.hold(notYet);
    if (cold.size > 0) void this.held.warm(cold);
    for (const [entry, names] of moved) void this.held.askFormer(entry, names);
  }

  private readonly timely = (entries: readonly BufferEntry[]): readonly BufferEntry[] =>
    withoutLateRows(entries, (entry, error) => this.reject(entry, error));

  private settle(entry: BufferEntry, outcome: SettledOutcome | undefined): void {
    const refused = outcomeOf(entry, outcome, this.dependencies.warm);
    if (refused === undefined) this.acknowledge(entry);
    else this.reject(entry, refused);
  }

  /**
   * The base could not be read. Callers who want a total are rejected. Plain increments of the entry go on: they need a base
   * only near the 64-bit limit.
   */
  private goOnWithoutTotal(entry: BufferEntry, error: unknown): void {
    if (entry.kind !== 'add' || entry.totals.length === 0) {
      this.reject(entry, error);
      return;
    }
    this.dependencies.events.refusals.add(error, entry.dropTotals(error));
    if (entry.sum === 0n) this.acknowledge(entry);
    else this.enqueue(entry);
  }

  private acknowledge(entry: BufferEntry): void {
    entry.acknowledge();
    this.done(entry);
  }

  private reject(entry: BufferEntry, error: unknown): void {
    this.dependencies.events.refusals.add(error, entry.reject(error, performance.now()));
    this.dependencies.events.emit('rejected', { error });
    this.done(entry);
  }

  private rejectUnknown(entry: BufferEntry, reason: string, cause?: unknown): void {
    this.reject(entry, unknownOutcome(reason, cause));
    this.reportUnknown(1, reason);
  }

  private reportUnknown(operations: number, reason: string): void {
    const { partition } = this;
    this.dependencies.events.emit('outcomeUnknown', { partition, operations, reason });
  }

  private done(entry: BufferEntry): void {
    entry.isSettled = true;
    entry.counter.unsettledEntries--;
    if (entry.counter.deletions !== undefined) this.held.oneLess(entry.counter);
    this.owner.releaseSlots(entry.slots);
    this.unsettled.onHold.delete(entry);
    this.unsettled.remove(entry);
  }
}
