import type { Refusal } from '../../cache/parcels.js';
import type { LedgerRow } from './sql-dialect.js';

type LeftOut = Pick<LedgerRow, 'leftOut' | 'refused'>;

/** A list of JSON: what was refused, with what the database said, and the names of what left the range. */
export const leftOutText = ({ leftOut, refused = [] }: LeftOut): string =>
  JSON.stringify([...refused, ...leftOut]);

export function parseLeftOut(text: string): Required<LeftOut> {
  const all = JSON.parse(text) as (string | Refusal)[];
  return {
    leftOut: all.filter((one) => typeof one === 'string'),
    refused: all.filter((one) => typeof one === 'object'),
  };
}
