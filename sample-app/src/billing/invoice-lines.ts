import type { InvoiceLineDto } from './dto/invoice.dto.js';
import type { Plan } from './plans.js';

/** What a number of calls costs: each 1,000 that are begun count. */
export function linesOf(
  { name, price, included, pricePerThousand }: Plan,
  calls: number,
): InvoiceLineDto[] {
  const plan = {
    text: `Plan ${name}, ${included} calls included`,
    quantity: 1,
    price,
    amount: price,
  };
  const thousands = Math.ceil((calls - included) / 1_000);
  if (pricePerThousand === undefined || thousands <= 0) return [plan];
  const further = {
    quantity: thousands,
    price: pricePerThousand,
    amount: thousands * pricePerThousand,
  };
  return [plan, { text: 'Further calls, per 1,000', ...further }];
}

export const sumOf = (lines: readonly InvoiceLineDto[]): number =>
  lines.reduce((sum, { amount }) => sum + amount, 0);
