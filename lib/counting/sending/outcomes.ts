import type { BufferEntry } from '../entries/buffer-entry.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { Outcome } from '../../cache/counter-cache.js';
import { sumOf } from '../../words/int64.js';
import { OutcomeUnknownError } from '../../errors.js';

const REFUSALS: ReadonlySet<Outcome['kind']> = new Set([
  ...(['cold', 'behind', 'overflow', 'conflict', 'bounded'] as const),
]);

/** Of the parts that the cache answered. */
export const totalOf = ({
  base,
  batch,
  pending,
}: Record<'base' | 'batch' | 'pending', string>): bigint => BigInt(sumOf(base, batch, pending));

/** Whether the operation was not applied, or not now. */
export function isRefusal(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && REFUSALS.has(outcome.kind);
}

/** Why an outcome can be unknown. */
export const REASONS = {
  shutDown: 'the application shut down before Redis answered',
  notUnderstood: 'the answer of Redis was not understood',
  forgotten: 'a call was repeated that Redis may have applied and forgotten',
  notFinished: 'Redis began a call and did not finish it',
  lost: 'Redis lost its memory, or went back in time, before it answered',
} as const;

export const unknownOutcome = (reason: string, cause?: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(`Whether the increment was counted is unknown: ${reason}`, { cause });

/** Of an increment that was counted before: the total is the present one. */
export function answerByReading(
  { totals, shown }: BufferEntry,
  warm: LaneDependencies['warm'],
): void {
  for (const { resolve, reject } of totals) {
    warm([shown]).then((found) => resolve(found.get(shown) ?? 0n), reject);
  }
}
