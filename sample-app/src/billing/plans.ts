import type { QuotaWindow } from 'nestjs-fastcounter';

/** Calls of a tenant in his month, which are limited and billed by his plan. */
export const API_QUOTA = 'api.quota';

/** Prices are in cents. */
export interface Plan {
  name: string;
  /** For a month. */
  price: number;
  /** Calls of a month that the price includes. */
  included: number;
  /** For each 1,000 calls beyond that. Absent: there are none beyond, further calls are refused. */
  pricePerThousand?: number;
  /** The day on which months begin. */
  anchor: number;
  /** The month that is billed. */
  window: QuotaWindow;
}

const FREE: Plan = { name: 'free', price: 0, included: 1_000, anchor: 1, window: 'month' };

const PRO: Plan = {
  ...{ name: 'pro', price: 2_000, included: 10_000, pricePerThousand: 50 },
  ...{ anchor: 1, window: 'month' },
};

/** Its months begin on the day of the contract, in the time zone of the tenant. */
const ENTERPRISE: Plan = {
  ...{ name: 'enterprise', price: 50_000, included: 1_000_000, pricePerThousand: 20 },
  ...{ anchor: 17, window: { month: { anchor: 17, timeZone: 'America/New_York' } } },
};

export const PLANS: readonly Plan[] = [FREE, PRO, ENTERPRISE];

interface Contract {
  /** The first month that it holds for, such as `2026-01`. */
  from: string;
  plan: Plan;
}

/** A real application has a table of its tenants. The last contract that has begun holds; before the first one it is the free plan. */
const contracts = new Map<string, readonly Contract[]>([
  ['globex', [{ from: '2026-01', plan: PRO }]],
  ['initech', [{ from: '2026-01', plan: ENTERPRISE }]],
]);

/** The plan of a tenant in a month, such as `2026-10`, by default the present one: what he had then is billed. */
export function planOf(tenant: string, month = new Date().toISOString().slice(0, 7)): Plan {
  const begun = contracts.get(tenant)?.filter(({ from }) => from <= month) ?? [];
  return begun.at(-1)?.plan ?? FREE;
}

/** How many calls pass. */
export const limitOf = ({ included, pricePerThousand }: Plan): number =>
  pricePerThousand === undefined ? included : Infinity;
