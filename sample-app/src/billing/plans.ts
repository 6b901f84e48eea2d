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

/** A real application has a table of its tenants. */
const tenants = new Map([
  ['globex', PRO],
  ['initech', ENTERPRISE],
]);

export const planOf = (tenant: string): Plan => tenants.get(tenant) ?? FREE;

/** How many calls pass. */
export const limitOf = ({ included, pricePerThousand }: Plan): number =>
  pricePerThousand === undefined ? included : Infinity;
