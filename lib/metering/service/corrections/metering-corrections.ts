import type { CountingParts } from '../../../counting/counting-parts.js';
import { answer } from '../../../input/answer.js';
import type { BigIntAnswer } from '../../../input/counter.types.js';
import { written } from '../../../input/written.js';
import type { ImportedEvents } from '../../../counting/correcting/import-events.js';
import type { ImportEventsOptions, MeteredEvent } from '../imports/import.types.js';
import { readEvents, readImportOptions } from '../imports/read-events.js';
import { parseMeteredName } from '../dimensions.js';
import { MeteringReads } from '../reads/metering-reads.js';
import { readCorrectionsOptions, readCorrectOptions } from './correct-options.js';
import type {
  Corrected,
  Correction,
  CorrectionsOptions,
  CorrectOptions,
} from './correction.types.js';

/**
 * The methods of `MeteringService` that correct what was counted.
 *
 * @publicApi
 */
export abstract class MeteringCorrections extends MeteringReads {
  constructor(private readonly correcting: CountingParts) {
    super(correcting);
  }

  /**
   * Corrects what one window of one part counted, once and for good, and keeps the reason and who did so. The total and the longer
   * windows around this one get the same; shorter windows and other parts stay as they are. Resolves when the correction is in the database; the
   * counts show it as soon as Redis and a worker have it, which is before that as a rule.
   *
   * @throws InvalidArgumentError, InvalidCounterNameError: an option is wrong, and nothing was corrected
   * @throws CounterOverflowError a count would leave the 64-bit range; IdempotencyConflictError the window has a correction with this `id` and
   * another `delta`: nothing was corrected
   * @throws DatabaseUnavailableError, CacheUnavailableError: it may have been corrected; ask again with the same `id`
   * @throws UnsafeCountError it was corrected, and a count is beyond ±(2^53 − 1): pass `{ bigint: true }`
   * @example
   * const month = { window: 'month', at: new Date('2026-06-15'), dimensions: { tenant: 'acme' } } as const;
   * await metering.correct('api.calls', { ...month, delta: -120, reason: 'load test', by: 'ada', id: 'ticket-17' });
   */
  correct(name: string, options: CorrectOptions): Promise<Corrected>;
  correct(name: string, options: CorrectOptions & BigIntAnswer): Promise<Corrected<bigint>>;
  correct(
    name: string,
    options: CorrectOptions & Partial<BigIntAnswer>,
  ): Promise<Corrected | Corrected<bigint>> {
    const { events, corrections, calendar } = this.correcting;
    const done = written(events, async () => {
      const { asBigInt, ...asked } = readCorrectOptions(name, options, calendar);
      const { start, end, delta, before, after, ...rest } = await corrections.correct(asked);
      const counts = { delta, before, after };
      const told = Object.entries(counts).map(
        ([key, count]) => [key, answer(asked.name, count, asBigInt)] as const,
      );
      return { ...rest, start: new Date(start), end: new Date(end), ...Object.fromEntries(told) };
    });
    return done as Promise<Corrected | Corrected<bigint>>;
  }

  /**
   * A page of the corrections that changed windows of a kind, in the order of the names of their counters, then of times: those of a
   * shorter window are among them where they changed the longer one too.
   *
   * @throws InvalidArgumentError an option is wrong; DatabaseUnavailableError
   * @example
   * const of = { window: 'month', from: new Date('2026-06-01'), to: new Date('2026-07-01') } as const;
   * const made = await metering.corrections('api.calls', of);
   */
  corrections(name: string, options: CorrectionsOptions): Promise<Correction[]>;
  corrections(
    name: string,
    options: CorrectionsOptions & BigIntAnswer,
  ): Promise<Correction<bigint>[]>;
  async corrections(
    name: string,
    options: CorrectionsOptions & Partial<BigIntAnswer>,
  ): Promise<Correction[] | Correction<bigint>[]> {
    const { calendar, corrections } = this.correcting;
    const { asBigInt, ...query } = readCorrectionsOptions(name, options, calendar);
    const rows = await corrections.list(query);
    const found = rows.map(({ start, madeAt, delta, windows, closed, ...row }) => ({
      ...row,
      dimensions: parseMeteredName(row.name).dimensions,
      start: new Date(start),
      windows: [...windows],
      afterClosing: closed.includes(query.window),
      delta: answer(row.name, BigInt(delta), asBigInt),
      madeAt: new Date(madeAt),
    }));
    return found as Correction[] | Correction<bigint>[];
  }

  /**
   * Counts events of a log, each once for good, in the windows of their moments, however long ago. Where it breaks off, call it again with
   * the same events: those that were imported are passed over, whoever imported them when. Resolves when all of them are
   * persisted.
   *
   * @param events read one after the other, once
   * @throws InvalidArgumentError an event or an option is wrong: the events before are counted
   * @throws what reading `events` and `onProgress` throw; CacheUnavailableError, DatabaseUnavailableError, FlushTimeoutError: call it again
   * @example
   * const { counted } = await metering.importEvents(eventsOf('june.ndjson'), { windows: ['day', 'month'] });
   */
  importEvents(
    events: Iterable<MeteredEvent> | AsyncIterable<MeteredEvent>,
    options?: ImportEventsOptions,
  ): Promise<ImportedEvents> {
    const { events: told, imports } = this.correcting;
    return written(told, async () => {
      const { combinations, ...settings } = readImportOptions(options);
      return imports.run(readEvents(events, combinations), settings);
    });
  }
}
