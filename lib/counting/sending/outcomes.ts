import type { BufferEntry } from '../entries/buffer-entry.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { Outcome } from '../../cache/counter-cache.js';
import { sumOf } from '../../words/int64.js';
import {
  CacheUnavailableError,
  CounterOverflowError,
  type FastCounterError,
  IdempotencyConflictError,
  OutcomeUnknownError,
} from '../../errors.js';
import {
  DatabaseMismatchError,
  ProtocolMismatchError,
  QueueCountMismatchError,
  RedisMismatchError,
  TimeZoneMismatchError,
  UnexpectedError,
} from '../../mismatch-errors.js';

/** Of an operation that was applied, by this call or by another one. */
const APPLIED: ReadonlySet<Outcome['kind']> = new Set(['total', 'duplicate']);

/** Of the parts that the cache answered. */
const totalOf = ({ base, batch, pending }: Record<'base' | 'batch' | 'pending', string>): bigint =>
  BigInt(sumOf(base, batch, pending));

/** Of an operation that is not sent again. */
export type SettledOutcome = Exclude<Outcome, { kind: 'cold' | 'behind' | 'moved' }>;

/** Whether the operation was not applied, or not now. */
export function isRefusal(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !APPLIED.has(outcome.kind);
}

/** Why an outcome can be unknown. */
export const REASONS = {
  shutDown: 'the application shut down before Redis answered',
  notUnderstood: 'the answer of Redis was not understood',
  forgotten: 'a call was repeated that Redis may have applied and forgotten',
  notFinished: 'Redis began a call and did not finish it',
  lost: 'Redis lost its memory, or went back in time, before it answered',
  tooLate: 'Redis did not answer for so long that it may have forgotten the call',
} as const;

export const unknownOutcome = (reason: string, cause?: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(`Whether the increment was counted is unknown: ${reason}`, { cause });

export function isKnownNotToHaveRun(error: unknown): error is FastCounterError {
  const tells = error instanceof CacheUnavailableError || error instanceof UnexpectedError;
  return tells && !error.mayHaveRun;
}

/** Not even sent again: this process must not count here. */
export function isForGood(error: unknown): error is FastCounterError {
  return (
    error instanceof QueueCountMismatchError ||
    error instanceof TimeZoneMismatchError ||
    error instanceof RedisMismatchError ||
    error instanceof DatabaseMismatchError ||
    error instanceof ProtocolMismatchError
  );
}

/** Answers those who wait for a total, or why the operation was refused with an error. */
export function outcomeOf(
  entry: BufferEntry,
  outcome: SettledOutcome | undefined,
  warm: LaneDependencies['warm'],
): FastCounterError | undefined {
  switch (outcome?.kind) {
    case 'overflow':
      return new CounterOverflowError(entry.name);
    case 'conflict':
      return new IdempotencyConflictError(entry.name, entry.idempotencyKey ?? entry.row?.id ?? '');
    case 'duplicate':
      answerByReading(entry, warm);
      break;
    case 'total':
      entry.answer(totalOf(outcome));
      break;
    case 'bounded':
      entry.refuse(totalOf(outcome));
      break;
    case 'known':
    case 'unknown':
      entry.refused = true;
      break;
    case undefined: // applied
  }
  return undefined;
}

/** Of an increment that was counted before: the total is the present one. */
function answerByReading({ totals, shown }: BufferEntry, warm: LaneDependencies['warm']): void {
  for (const { resolve, reject } of totals) {
    warm([shown]).then((found) => resolve(found.get(shown) ?? 0n), reject);
  }
}
