import type { LateCounts, QuotaState, Usage } from '../../lib/index.js';
import { billingDate, monthOf, startOfMonth } from './calendar.js';
import type { Fleet } from './fleet.js';
import type { Billable, Ledger, UsedMonth } from './ledger.js';
import { limitOf, PLANS, quotaOf, type Tenant } from './tenants.js';

/** A page has all parts. */
const ALL = { groupBy: 'tenant', limit: 10_000 };

/** Compares what the module answers with the books; what differs is what is wrong, in words. */
export class Audit {
  constructor(
    private readonly fleet: Fleet,
    private readonly ledger: Ledger,
  ) {}

  /** The invoices of a name and month, as they are at the moment. */
  async invoices(name: Billable, month: string): Promise<string[]> {
    const windows = this.rangeOf(name, month);
    const usage = await this.fleet.any.meter<Usage>('usage', name, { ...ALL, ...windows });
    const expected = this.sumsOf(this.ledger.billed, `${name}|${month}`);
    const wrong = differences(`invoice: ${name} of ${month}`, partsOf(usage), expected);
    return [...wrong, ...this.finality(name, month, usage)];
  }

  /** What was used of quotas, in all months that began with a date. */
  async quotas(start: string): Promise<string[]> {
    const months = [...this.ledger.used.values()].filter(
      ({ tenant, start: other }) => tenant.plan !== 'scale' && other === start,
    );
    const windows = this.rangeOf('calls', start);
    const asked = { ...ALL, window: windows.window, from: windows.from };
    const usage = await this.fleet.any.meter<Usage>('usage', 'calls', asked);
    const expected = new Map(months.map(({ tenant, used }) => [tenant.id, used]));
    const wrong = differences(`quota: calls from ${start}`, partsOf(usage), expected);
    return [...wrong, ...this.finality('calls', start, usage)];
  }

  /** What the quota itself tells of a month: what is left, and what is charged beyond the limit. */
  async overage({ tenant, at, used, told }: UsedMonth): Promise<string[]> {
    const { name, options } = quotaOf(tenant);
    const limit = limitOf(tenant) ?? 0;
    const { window, dimensions } = options as { window: object; dimensions: object };
    const asked = { limit, window, dimensions, at };
    const state = await this.fleet.any.meter<QuotaState>('quota', name, asked);
    const over = Math.max(0, used - limit);
    const what = `overage: ${tenant.id} in the month of ${billingDate(at, tenant.zone, tenant.anchor)}`;
    const wrong: string[] = [];
    if (state.used !== used || state.over !== over) {
      wrong.push(`${what} has ${state.over} of ${state.used}, for ${over} of ${used}`);
    }
    if (told !== undefined && told !== over) {
      wrong.push(`${what} was told ${told} by its calls, for ${over}`);
    }
    return wrong;
  }

  /** All that was ever counted for a tenant: also what came too late for his months. */
  async totals(tenant: Tenant): Promise<string[]> {
    const names: Billable[] = ['messages', tenant.plan === 'scale' ? 'jobs' : 'calls'];
    const wrong: string[] = [];
    for (const name of names) {
      const is = await this.fleet.any.meter<number>('total', name, { tenant: tenant.id });
      const should = this.ledger.totalOf(name, tenant.id);
      if (is !== should) wrong.push(`total: ${name} of ${tenant.id} is ${is} instead of ${should}`);
    }
    return wrong;
  }

  /** Each threshold that was reached was told once, and no other one. */
  thresholds(): string[] {
    const zones = new Map(
      [...this.ledger.used.values()].map(({ tenant }) => [tenant.id, tenant] as const),
    );
    const told = new Map<string, number>();
    for (const event of this.fleet.told('quotaCrossed')) {
      const { dimensions, start, threshold } = event as unknown as Crossing;
      const tenant = zones.get(dimensions.tenant);
      const date = tenant && billingDate(Date.parse(start), tenant.zone, tenant.anchor);
      const key = `${dimensions.tenant}, ${String(date)}, ${threshold}`;
      told.set(key, (told.get(key) ?? 0) + 1);
    }
    const expected = new Map<string, number>();
    for (const { tenant, start, most } of this.ledger.used.values()) {
      if (tenant.plan === 'scale') continue;
      const { thresholds, limit } = PLANS[tenant.plan];
      for (const threshold of thresholds) {
        if (most * 10 < Math.round(threshold * 10) * limit) continue;
        expected.set(`${tenant.id}, ${start}, ${threshold}`, 1);
      }
    }
    return differences('threshold: times told', told, expected);
  }

  /** What came too late is listed, each once. */
  async late(name: Billable, month: string): Promise<string[]> {
    const came = new Map<string, number>();
    for (let after: string | undefined, isFirst = true; isFirst || after; isFirst = false) {
      const page = await this.fleet.any.meter<LateCounts>('late', name, {
        ...{ ...this.rangeOf(name, month), limit: 1000 },
        ...(after !== undefined && { after }),
      });
      for (const { dimensions, delta, start } of page.late) {
        // months of tenants overlap: the range has others too
        if (name === 'calls' && !String(start).startsWith(month)) continue;
        const { tenant } = dimensions;
        if (tenant !== undefined) came.set(tenant, (came.get(tenant) ?? 0) + Number(delta));
      }
      after = page.next;
    }
    const expected = this.sumsOf(this.ledger.late, `${name}|${month}`);
    return differences(`late: ${name} of ${month}`, came, expected);
  }

  /** All months that anything was sent for. */
  get months(): [Billable, string][] {
    const keys = new Set([...this.ledger.billed.keys()].map((key) => key.split('|', 2).join('|')));
    return [...keys].sort().map((key) => key.split('|') as [Billable, string]);
  }

  /** All dates with which a month of a tenant began who has called. */
  get dates(): string[] {
    const months = [...this.ledger.used.values()].filter(({ tenant }) => tenant.plan !== 'scale');
    return [...new Set(months.map(({ start }) => start))].sort();
  }

  /** What an invoice is today: before all is persisted. */
  async present(): Promise<string[]> {
    const month = monthOf(this.fleet.now);
    const names = ['messages', 'jobs'] as const;
    return (await Promise.all(names.map((name) => this.invoices(name, month)))).flat();
  }

  /** Invoices that were sent: whatever waits, or comes too late, they are the same. */
  async final(): Promise<string[]> {
    const months = this.months.filter((month) => this.ledger.closed.has(month.join('|')));
    return (await Promise.all(months.map(([name, month]) => this.invoices(name, month)))).flat();
  }

  /** How the module is asked for a month; of `calls` for all that began with a date. */
  rangeOf(name: Billable, month: string): { window: object | string; from: number; to: number } {
    if (name !== 'calls') {
      const from = startOfMonth(month);
      return { window: 'month', from, to: from + 1 };
    }
    const some = [...this.ledger.used.values()].find(
      ({ tenant, start }) => tenant.plan !== 'scale' && start === month,
    );
    if (some === undefined) throw new Error(`Nobody called in a month from ${month} on`);
    const { window } = quotaOf(some.tenant).options as { window: object };
    return { window, from: some.at, to: some.at + 1 };
  }

  private finality(name: Billable, month: string, { final }: Usage): string[] {
    const isClosed = this.ledger.closed.has(`${name}|${month}`);
    if (final === isClosed) return [];
    return [`invoice: ${name} of ${month} is ${isClosed ? 'not' : 'already'} final`];
  }

  private sumsOf(sums: ReadonlyMap<string, number>, prefix: string): Map<string, number> {
    const found = [...sums].filter(([key]) => key.startsWith(`${prefix}|`));
    return new Map(found.map(([key, sum]) => [key.slice(prefix.length + 1), sum]));
  }
}

interface Crossing {
  dimensions: { tenant: string };
  start: string;
  threshold: number;
}

const partsOf = ({ parts }: Usage): Map<string, number> =>
  new Map(parts.map(({ dimensions, value }) => [dimensions.tenant ?? '', value]));

/** Zero is as nothing. */
function differences(
  what: string,
  found: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
): string[] {
  const keys = new Set([...found.keys(), ...expected.keys()]);
  return [...keys].flatMap((key) => {
    const [is, should] = [found.get(key) ?? 0, expected.get(key) ?? 0];
    return is === should ? [] : [`${what}: ${key} has ${is} instead of ${should}`];
  });
}
