import type { Problem, ProblemCode } from './problems.js';

/**
 * One word for how counting goes, by the problems of `status()`. All that shows the state to somebody has it from here.
 *
 * - `OK`: there are no problems.
 * - `DEGRADED`: counts get through, and somebody has to look at something.
 * - `DOWN`: counts do not get in, do not get to the database, or cannot be read.
 */
export type Verdict = 'OK' | 'DEGRADED' | 'DOWN';

/** With one of these, counts do not get through. */
const STOPPING: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  ...(['FC-REDIS-AWAY', 'FC-DATABASE-AWAY', 'FC-NO-WORKERS', 'FC-OVERDUE'] as const),
  ...(['FC-NOT-ACCEPTING', 'FC-NOT-PERSISTING', 'FC-NOT-READING', 'FC-BACKPRESSURE'] as const),
]);

export function verdictOf(problems: readonly Pick<Problem, 'code'>[]): Verdict {
  if (problems.length === 0) return 'OK';
  return problems.some(({ code }) => STOPPING.has(code)) ? 'DOWN' : 'DEGRADED';
}
