import type { Refusal } from '../../cache/parcels.js';
import type { LedgerRow } from './sql-dialect.js';

type LeftOut = Pick<LedgerRow, 'leftOut' | 'refused' | 'missing'>;

/**
 * A list of JSON, mostly empty: how many batches were missing before this one, if any were; what was refused, with what the
 * database said; and the names of what left the range.
 */
export const leftOutText = ({ leftOut, refused = [], missing = 0 }: LeftOut): string =>
  JSON.stringify([...(missing > 0 ? [missing] : []), ...refused, ...leftOut]);

export function parseLeftOut(text: string): Required<LeftOut> {
  const all = JSON.parse(text) as (number | string | Refusal)[];
  return {
    leftOut: all.filter((one) => typeof one === 'string'),
    refused: all.filter((one) => typeof one === 'object'),
    missing: all.find((one) => typeof one === 'number') ?? 0,
  };
}
