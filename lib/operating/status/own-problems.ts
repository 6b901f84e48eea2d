import { LONGEST_TOLD, type ToldProblem } from '../../cache/processes.js';
import type { Problem, ProblemCode } from '../problems.js';

/** What happened, and is over: it is a loss, or nobody else was there. */
const PAST: ReadonlySet<string> = new Set<ProblemCode>([
  ...(['FC-WIPED', 'FC-LOST-WRITES', 'FC-DATABASE-BEHIND', 'FC-ROWS-CHANGED'] as const),
  ...(['FC-COLUMNS', 'FC-SLOW-BATCHES', 'FC-NEW-COUNTERS'] as const),
]);

/** What is in the memory of a process alone: what fails there, what it found to be set up wrong, what it has no room for. */
const PRESENT: ReadonlySet<string> = new Set<ProblemCode>([
  ...(['FC-NOT-ACCEPTING', 'FC-NOT-PERSISTING', 'FC-NOT-READING', 'FC-QUEUES-FAIL'] as const),
  ...(['FC-BACKPRESSURE', 'FC-MISCONFIGURED', 'FC-NOT-STARTED'] as const),
]);

/** Whether a process that said nothing for a while may still tell it: one that was killed has no buffer that is full. */
export const isPast = ({ code }: { code: string }): boolean => PAST.has(code);

/** Whether the process that found it has to tell it, as those who look from outside cannot find it. */
export const isOwn = ({ code }: { code: string }): boolean => PAST.has(code) || PRESENT.has(code);

export const asTold = ({ code, since, text, next }: Problem): ToldProblem => ({
  ...{ code, since: since.getTime() },
  ...{ text: text.slice(0, LONGEST_TOLD), next: next.slice(0, LONGEST_TOLD) },
});
