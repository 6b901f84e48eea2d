import type { Random } from '../simulation/random.js';
import { billingDate, monthOf } from './calendar.js';

export const ZONES = [
  ...['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland', 'UTC'],
] as const;

/** `calls` are bounded, or charged beyond the limit, in months of the tenant; `jobs` have no limit and are billed by the month. */
export const PLANS = {
  free: { name: 'calls', limit: 12, thresholds: [0.5, 0.8, 1] },
  pro: { name: 'calls', limit: 15, thresholds: [0.8, 1, 1.2], overage: 'count' },
  scale: { name: 'jobs' },
} as const;

export interface Tenant {
  id: string;
  zone: (typeof ZONES)[number];
  plan: keyof typeof PLANS;
  /** The day on which the billing month begins. */
  anchor: number;
}

const PLAN_NAMES = ['free', 'pro', 'scale'] as const;

export const makeTenants = (count: number, random: Random): Tenant[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `tenant-${i}`,
    zone: ZONES[i % ZONES.length] ?? 'UTC',
    plan: PLAN_NAMES[i % PLAN_NAMES.length] ?? 'free',
    // one of three in the last days, which not every month has
    anchor: random.chance(1 / 3) ? random.whole(28, 31) : random.whole(1, 28),
  }));

/** Of its quota; without `limit` it has none. */
export const limitOf = ({ plan }: Tenant): number | undefined =>
  plan === 'scale' ? undefined : PLANS[plan].limit;

/** What `consume()` is told. */
export function quotaOf(tenant: Tenant): { name: string; options: object } {
  const { name, ...plan } = PLANS[tenant.plan];
  const own = { month: { anchor: tenant.anchor, timeZone: tenant.zone } };
  const window = tenant.plan === 'scale' ? 'month' : own;
  return { name, options: { ...plan, window, dimensions: { tenant: tenant.id } } };
}

/** The window of its quota: the date or month with which it begins. */
export const windowOf = (tenant: Tenant, at: number): string =>
  tenant.plan === 'scale' ? monthOf(at) : billingDate(at, tenant.zone, tenant.anchor);
