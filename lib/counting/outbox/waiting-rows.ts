import { FastCounterError, type FastCounterErrorCode } from '../../errors.js';

/** Errors after which nothing was counted, and the row would be refused again. */
const FOR_GOOD: ReadonlySet<FastCounterErrorCode> = new Set([
  ...(['INVALID_ARGUMENT', 'INVALID_COUNTER_NAME', 'COUNTER_OVERFLOW'] as const),
  'IDEMPOTENCY_CONFLICT',
]);

/** Why rows of the outbox wait. */
export const AWAY = 'Redis takes no increments at the moment';
export const ELSEWHERE =
  'Another process counts increments of transactions at the moment, and this one ends: it does not wait for the other';
export const WITHOUT_RIGHT =
  'Increments of transactions are not counted, and wait: the role needs SELECT, INSERT, UPDATE and DELETE on fast_counter_outbox';
export const UNDECIDED =
  'It is not known whether this was counted: the process that began to count it ended, or Redis lost its memory, or too much time passed. ' +
  'Compare the counter, then have the row counted by "fastcounter outbox count", or drop it by "fastcounter outbox discard"';

export const isForGood = (error: unknown): boolean =>
  error instanceof FastCounterError && FOR_GOOD.has(error.code);
