import type { Outcome } from '../cache/counter-cache.js';
import { sumOf } from '../cache/int64.js';

const REFUSALS: ReadonlySet<Outcome['kind']> = new Set(['cold', 'overflow', 'conflict', 'bounded']);

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
