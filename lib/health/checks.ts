import type { FastCounterErrorCode } from '../errors.js';
import type { Problem, ProblemCode } from '../operating/problems.js';
import type { CounterStatus } from '../operating/status/status.types.js';

/** What a check looks at. */
export interface HealthFacts {
  status: CounterStatus;
  /** Milliseconds since 1970. */
  now: number;
  /** Option `acknowledgeTimeout`, in milliseconds. */
  acknowledgeTimeout: number;
  /** Milliseconds for which counts may be late before that is a problem. */
  patience: number;
}

/** A question about counting, with the problems that belong to it. */
export interface HealthCheck {
  /** Problems that the answer names, whether or not they make it `down`. */
  concerns: ReadonlySet<ProblemCode>;
  /** Why the answer is `down`; empty where it is `up`. */
  down: (facts: HealthFacts) => ProblemCode[];
}

/** Above this share of its limit, the buffer is about to refuse increments. */
const FULL = 0.8;
/**
 * Milliseconds for which Redis must refuse writes while it answers. `status()` asks Redis once a second: what it then says was asked
 * when the refusals had begun. And a connection that was cut is back by then.
 */
const REFUSES = 2_000;

/** Errors by which a process must not count here: they last until the misconfiguration is mended. */
const MISMATCHES: readonly FastCounterErrorCode[] = [
  ...(['PROTOCOL_MISMATCH', 'REDIS_MISMATCH', 'DATABASE_MISMATCH'] as const),
  ...(['QUEUE_COUNT_MISMATCH', 'TIME_ZONE_MISMATCH'] as const),
];

export const COUNTING: HealthCheck = {
  concerns: new Set<ProblemCode>([
    ...(['FC-REDIS-AWAY', 'FC-NOT-ACCEPTING', 'FC-BACKPRESSURE', 'FC-MISCONFIGURED'] as const),
    ...(['FC-NOT-STARTED', 'FC-EMBEDDED-OVERLAP'] as const),
  ]),
  down(facts) {
    const { status, acknowledgeTimeout } = facts;
    const { buffer, cache, refused } = status;
    const reasons: ProblemCode[] = [];
    if (lasts(facts, 'FC-REDIS-AWAY', acknowledgeTimeout)) reasons.push('FC-REDIS-AWAY');
    if (
      lasts(facts, 'FC-NOT-ACCEPTING', cache.answers ? REFUSES : acknowledgeTimeout) ||
      nothingAcknowledged(facts)
    ) {
      reasons.push('FC-NOT-ACCEPTING');
    }
    if (isThere(status, 'FC-BACKPRESSURE') || buffer.entries > FULL * buffer.limit) {
      reasons.push('FC-BACKPRESSURE');
    }
    if (isThere(status, 'FC-MISCONFIGURED') && MISMATCHES.some((code) => refused[code])) {
      reasons.push('FC-MISCONFIGURED');
    }
    return reasons;
  },
};

export const PERSISTING: HealthCheck = {
  concerns: new Set<ProblemCode>([
    ...(['FC-REDIS-AWAY', 'FC-DATABASE-AWAY', 'FC-NO-WORKERS', 'FC-NOT-PERSISTING'] as const),
    ...(['FC-OVERDUE', 'FC-QUEUES-FAIL', 'FC-QUEUES-PAUSED', 'FC-SLOW-BATCHES'] as const),
    ...(['FC-MISCONFIGURED', 'FC-NOT-STARTED'] as const),
  ]),
  down(facts) {
    const { status, patience } = facts;
    const reasons: ProblemCode[] = [];
    // nothing is known then, and nothing gets on
    if (lasts(facts, 'FC-REDIS-AWAY', patience)) reasons.push('FC-REDIS-AWAY');
    if (isThere(status, 'FC-NO-WORKERS')) reasons.push('FC-NO-WORKERS');
    if (isThere(status, 'FC-OVERDUE')) reasons.push('FC-OVERDUE');
    return reasons;
  },
};

export const INTACT: HealthCheck = {
  concerns: new Set<ProblemCode>([
    ...(['FC-PARKED', 'FC-OVERFLOWED', 'FC-REFUSED-ROWS', 'FC-OUTBOX', 'FC-WIPED'] as const),
    ...(['FC-LOST-WRITES', 'FC-DATABASE-BEHIND', 'FC-ROWS-CHANGED', 'FC-COLUMNS'] as const),
    // without these, it is not known what is put aside
    ...(['FC-REDIS-AWAY', 'FC-DATABASE-AWAY'] as const),
  ]),
  down(facts) {
    const { status, patience } = facts;
    const reasons: ProblemCode[] = (
      ['FC-PARKED', 'FC-OVERFLOWED', 'FC-REFUSED-ROWS'] as const
    ).filter((code) => isThere(status, code));
    const isRefused = (status.outbox?.refused ?? 0) > 0;
    if (isRefused) reasons.push('FC-OUTBOX');
    if (lasts(facts, 'FC-REDIS-AWAY', patience)) reasons.push('FC-REDIS-AWAY');
    return reasons;
  },
};

const found = ({ problems }: CounterStatus, code: ProblemCode): Problem | undefined =>
  problems.find((problem) => problem.code === code);

const isThere = (status: CounterStatus, code: ProblemCode): boolean =>
  found(status, code) !== undefined;

function lasts({ status, now }: HealthFacts, code: ProblemCode, milliseconds: number): boolean {
  const problem = found(status, code);
  return problem !== undefined && now - problem.since.getTime() >= milliseconds;
}

/** An entry that waits for the database waits alone: others are acknowledged meanwhile. */
function nothingAcknowledged({ status, now, acknowledgeTimeout }: HealthFacts): boolean {
  const { buffer, cache } = status;
  if ((buffer.oldestMs ?? 0) < acknowledgeTimeout) return false;
  const last = cache.accepts === true ? cache.lastWrite : undefined;
  return last === undefined || now - last.at.getTime() >= acknowledgeTimeout;
}
