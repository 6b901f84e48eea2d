import type { FastCounterErrorCode } from '../errors.js';
import type { CounterStatus } from '../operating/status/status.types.js';

type Outcome = 'refused' | 'unknown' | 'invalid';

/** What a caller got: `invalid` is up to the caller, `refused` up to this process and its servers. */
const OUTCOMES: Record<FastCounterErrorCode, Outcome> = {
  INVALID_OPTIONS: 'invalid',
  INVALID_COUNTER_NAME: 'invalid',
  INVALID_ARGUMENT: 'invalid',
  COUNTER_OVERFLOW: 'invalid',
  UNSAFE_COUNT: 'invalid',
  WINDOW_NOT_COMPLETE: 'invalid',
  NEW_COUNTER_LIMIT: 'invalid',
  IDEMPOTENCY_CONFLICT: 'invalid',
  CHANGES_MISSED: 'invalid',
  OUTCOME_UNKNOWN: 'unknown',
  BACKPRESSURE: 'refused',
  CACHE_UNAVAILABLE: 'refused',
  DATABASE_UNAVAILABLE: 'refused',
  UNEXPECTED: 'refused',
  PROTOCOL_MISMATCH: 'refused',
  REDIS_MISMATCH: 'refused',
  DATABASE_MISMATCH: 'refused',
  QUEUE_COUNT_MISMATCH: 'refused',
  TIME_ZONE_MISMATCH: 'refused',
  FLUSH_TIMEOUT: 'refused',
  SHUT_DOWN: 'refused',
  CALL_NOT_COUNTED: 'refused',
};

/** Callers in this process who were told so, since its start. */
export const refusals = ({ refused }: Pick<CounterStatus, 'refused'>, outcome: Outcome): number =>
  Object.entries(OUTCOMES)
    .filter(([, of]) => of === outcome)
    .reduce((sum, [code]) => sum + (refused[code as FastCounterErrorCode] ?? 0), 0);
