import { randomUUID } from 'node:crypto';
import type { Closing, CountingParts } from '../../../counting/counting-parts.js';
import { expectTable } from '../../../counting/outbox/expect-table.js';
import { backOff, pause } from '../../../words/back-off.js';
import { written } from '../../../input/written.js';
import { InvalidArgumentError } from '../../../errors.js';
import { hasRows } from '../../../windows/kept-rows.js';
import { endOfBucket, kindOf } from '../../../windows/own-spans.js';
import { allClosings } from '../../../reading/usage/all-closings.js';
import type { Bucket } from '../../../words/bucket-name.js';
import { parseMeteredName } from '../dimensions.js';
import { MeteringCorrections } from '../corrections/metering-corrections.js';
import { readCloseOptions, readClosingsOptions, readLateOptions } from './closing-options.js';
import type {
  ClosedUsage,
  CloseOptions,
  ClosingsOptions,
  LateCounts,
  LateOptions,
} from './closing.types.js';
import { WindowNotCompleteError } from './window-not-complete.error.js';

/** How often what is committed is counted and persisted before it is said that there is always more, and the milliseconds between. */
const ROUNDS = 10;
const BETWEEN = { first: 50, longest: 1000 };
/** How often servers are asked again what processes hold, and the milliseconds between. */
const ASKED_AGAIN = 10;
const PAUSE = 300;

/**
 * The methods of `MeteringService` that make numbers final.
 *
 * @publicApi
 */
export abstract class MeteringClosings extends MeteringCorrections {
  constructor(private readonly closing: CountingParts) {
    super(closing);
  }

  /**
   * Closes a window of a name and of all its parts: `usage()` answers the same numbers for it from then on. What comes later is not in
   * them: see `late()`. First persists all that waits. A window that is closed already stays as it is.
   *
   * @throws WindowNotCompleteError the window has not ended, its `grace` is not over, or counts are known to be missing
   * @throws InvalidArgumentError an option is wrong, or rows of the window are no longer kept
   * @throws FlushTimeoutError no process with workers runs; then nothing was closed
   * @example
   * await metering.close('api.calls', { window: 'month', at: new Date('2026-10-15'), by: 'billing' });
   */
  async close(name: string, options: CloseOptions): Promise<ClosedUsage> {
    const { calendar, events, flusher, settle, closings } = this.closing;
    const { closed, grace, evenIfIncomplete, by } = readCloseOptions(name, options, calendar);
    const end = endOfBucket(closed, calendar);
    return written(events, async () => {
      await expectTable(closings, 'close() needs', 'fast_counter_closing');
      const { window, start } = closed;
      const [known] = await closings.find(name, { window, first: start, last: start });
      if (known !== undefined) return this.closedUsage(known);
      const refuse = (why: string): never => {
        throw new WindowNotCompleteError(name, window, new Date(start), why);
      };
      if (Date.now() < end + grace) {
        const from = new Date(end + grace).toISOString();
        refuse(`it may be closed from ${from} on (option grace: ${grace} ms)`);
      }
      this.expectRows(closed, end);
      const expectComplete = async (): Promise<void> => {
        const missing = evenIfIncomplete ? undefined : await this.missing(end);
        if (missing !== undefined) refuse(missing);
      };
      await expectComplete();
      for (let left = ROUNDS; left > 0; left--) {
        // corrections of others too
        await settle();
        await flusher.flush();
        // settling may have found what nobody can count, and persisting what Redis forgot
        await expectComplete();
        // what a rename took out of rows when it was persisted waits again, and so may what was committed meanwhile
        const waitedFor = evenIfIncomplete && left === 1 ? undefined : end;
        const closing = await closings.close(closed, randomUUID(), by, waitedFor);
        if (closing !== undefined) return this.closedUsage(closing);
        // another process may be counting it
        await pause(backOff(ROUNDS - left, BETWEEN));
      }
      return refuse('increments that are committed wait to be counted (fast_counter_outbox)');
    });
  }

  /**
   * The closed windows of a name, the earliest first; at most 10,000.
   *
   * @throws InvalidArgumentError an option is wrong; DatabaseUnavailableError the database does not answer
   * @example
   * const [october] = await metering.closings('api.calls', { window: 'month', from: new Date('2026-10-01') });
   */
  async closings(name: string, options: ClosingsOptions): Promise<ClosedUsage[]> {
    const { calendar, closings } = this.closing;
    const { name: base, range } = readClosingsOptions(name, options, calendar);
    if (!(await closings.exists())) return [];
    return (await closings.find(base, range)).map((found) => this.closedUsage(found));
  }

  /**
   * What came too late for closed windows of a name: it is in the total, in no number of a closed window and, by the option
   * `windows.late`, in none at all or in the window that was the present one when it was noticed.
   *
   * @throws InvalidArgumentError an option is wrong, or 10,000 windows of this time are closed; DatabaseUnavailableError the database does not answer
   * @example
   * const { late } = await metering.late('api.calls', { window: 'month', from: new Date('2026-10-01') });
   */
  async late(name: string, options: LateOptions): Promise<LateCounts> {
    const { calendar, closings, lateWindows } = this.closing;
    const { name: base, range, page } = readLateOptions(name, options, calendar);
    if (!(await closings.exists())) return { late: [] };
    for (const closing of await allClosings(closings, base, range)) await lateWindows.take(closing);
    const rows = await closings.late(base, range, { ...page, limit: page.limit + 1 });
    const late = rows.slice(0, page.limit).map((row) => ({
      name: row.name,
      dimensions: parseMeteredName(row.name).dimensions,
      start: new Date(row.start),
      delta: BigInt(row.delta),
      noticedAt: row.noticedAt,
      ...(row.carriedTo !== undefined && { carriedTo: new Date(row.carriedTo) }),
    }));
    const next = rows.length > page.limit ? rows[page.limit - 1]?.id : undefined;
    return next === undefined ? { late } : { late, next };
  }

  /** Throws where rows of the window may have been removed: what is left of them is not what was counted. */
  private expectRows({ window, start }: Bucket, end: number): void {
    if (hasRows(window, end, this.closing.retention)) return;
    const kind = kindOf(window);
    throw new InvalidArgumentError(
      `at must be in a ${kind} whose rows are still kept (option windows.retention.${kind}), and not in that of ` +
        new Date(start).toISOString(),
    );
  }

  /** Why counts from before a time are known to be missing; undefined where none are. */
  private async missing(end: number): Promise<string | undefined> {
    let status = await this.closing.reporter.status(true);
    // a busy server may take longer than it waits, and a row that another process counts may be refused for a moment
    const maySettle = (): boolean =>
      status.completeUntil === undefined || (status.outbox?.refused ?? 0) > 0;
    for (let left = ASKED_AGAIN; left > 0 && maySettle(); left--) {
      await pause(PAUSE);
      status = await this.closing.reporter.status(true);
    }
    const { completeUntil, partitions, outbox } = status;
    if (completeUntil === undefined) {
      return 'Redis or the database does not answer, so it is not known what processes hold';
    }
    if (completeUntil.getTime() < end) {
      return `a process may hold increments from ${completeUntil.toISOString()} on (status().completeUntil)`;
    }
    if (partitions.some(({ parked }) => parked === undefined)) {
      return 'Redis does not answer for all partitions, so it is not known whether counts are parked';
    }
    const aside = (kind: 'parked' | 'overflowed' | 'refused'): number =>
      partitions.reduce((sum, partition) => sum + (partition[kind] ?? 0), 0);
    const parked = aside('parked');
    if (parked > 0) return `${parked} parcels of counts are parked (ParkedCounts)`;
    const left = aside('overflowed') + aside('refused');
    if (left > 0) {
      return `counts of ${left} rows are parked that the database refused or that would leave the range (ParkedCounts)`;
    }
    const refused = outbox?.refused ?? 0;
    if (refused === 0) return undefined;
    return `${refused} increments of transactions wait for an operator (fast_counter_outbox.refused)`;
  }

  private closedUsage({ name, window, start, closedAt, by }: Closing): ClosedUsage {
    const end = endOfBucket({ window, start }, this.closing.calendar);
    const times = { start: new Date(start), end: new Date(end), closedAt };
    return { name, window, ...times, ...(by !== '' && { by }) };
  }
}
