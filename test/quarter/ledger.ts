import type { Billed } from '../support/processes/protocol.js';
import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Correction, Operation, Record, Round, Take, Taken } from './acts.js';
import { monthOf } from './calendar.js';
import { limitOf, type Tenant, windowOf } from './tenants.js';

/** A name of which months are billed; `calls` by months of the tenant. */
export type Billable = 'messages' | 'jobs' | 'calls';

/** What a tenant used of the quota in one of its months. */
export interface UsedMonth {
  tenant: Tenant;
  /** The date with which the month begins. */
  start: string;
  /** A moment in it. */
  at: number;
  used: number;
  /** The most that was ever used of it. */
  most: number;
  /** What the answers said was beyond the limit; undefined where that is no sum, as calls were repeated or given back. */
  told: number | undefined;
}

/**
 * The books of whoever sends: plain sums of what was sent and acknowledged, without any code of lib. What an answer contradicts is
 * written down in `wrong`.
 */
export class Ledger {
  readonly wrong: string[] = [];
  /** By tenant and start. */
  readonly used = new Map<string, UsedMonth>();
  /** By name, month and tenant: without `calls`. */
  readonly billed = new Map<string, number>();
  /** What came too late, by name, month and tenant. */
  readonly late = new Map<string, number>();
  /** Names and months; of `calls` the dates with which these began. */
  readonly closed = new Set<string>();
  /** Tenants whose messages are those of others. */
  readonly merged = new Map<string, string>();
  private readonly claims = new Set<string>();
  private readonly held = new Map<Tenant, Taken[]>();
  /** What came too late, and was not counted elsewhere yet: by name and tenant. */
  private waiting = new Map<string, number>();

  get hasLate(): boolean {
    return this.waiting.size > 0;
  }

  heldOf = (tenant: Tenant): readonly Taken[] => this.held.get(tenant) ?? [];

  /** All that this process can give back; nobody else can. */
  heldBy(process: CountingProcess): Taken[] {
    return [...this.held.values()].flat().filter(({ by }) => by === process);
  }

  forget(process: CountingProcess): void {
    for (const [tenant, taken] of this.held) {
      const others = taken.filter(({ by }) => by !== process);
      this.held.set(tenant, others);
    }
  }

  close(name: Billable, month: string): void {
    this.closed.add(`${name}|${month}`);
  }

  /** The messages of one tenant are those of another from now on, but for months that were billed. */
  merge(old: string, into: string): void {
    this.merged.set(old, into);
    for (const [key, delta] of this.billed) {
      const [name = '', month = '', tenant] = key.split('|');
      if (name !== 'messages' || tenant !== old || this.closed.has(`messages|${month}`)) continue;
      add(this.billed, `messages|${month}|${into}`, delta);
      this.billed.delete(key);
    }
  }

  /** All that was ever counted for a tenant, in whatever month. */
  totalOf(name: Billable, tenant: string): number {
    if (name !== 'calls') {
      const own = sumOf(this.billed, name, tenant) + (this.waiting.get(`${name}|${tenant}`) ?? 0);
      const others = [...this.merged].filter(([, into]) => into === tenant);
      if (name === 'messages' && this.merged.has(tenant)) return 0;
      const came = others.map(([old]) => sumOf(this.billed, name, old));
      return own + (name === 'messages' ? came.reduce((sum, each) => sum + each, 0) : 0);
    }
    const months = [...this.used.values()].filter((month) => month.tenant.id === tenant);
    return months.reduce((sum, { used }) => sum + used, sumOf(this.late, name, tenant));
  }

  /** What came too late is counted in the present month. */
  carry(at: number): void {
    for (const [key, delta] of this.waiting) {
      const [name = '', tenant = ''] = key.split('|');
      add(this.billed, `${name}|${monthOf(at)}|${tenant}`, delta);
    }
    this.waiting = new Map();
  }

  /** What became of a round. */
  apply({ at, operations }: Round, answers: readonly Billed[]): void {
    const takes = new Map<UsedMonth, [Take, Billed][]>();
    for (const [i, operation] of operations.entries()) {
      const answer = answers[i] ?? { failed: 'no answer' };
      if (answer.failed !== undefined) {
        this.wrong.push(`${operation.act.kind} (${operation.claim}) failed: ${answer.failed}`);
        continue;
      }
      if (operation.kind === 'take') {
        const month = this.monthOfQuota(operation.tenant, at);
        takes.set(month, [...(takes.get(month) ?? []), [operation, answer]]);
      } else this.count(operation);
    }
    for (const [month, calls] of takes) this.take(month, calls, at);
  }

  private monthOfQuota(tenant: Tenant, at: number): UsedMonth {
    const start = windowOf(tenant, at);
    const key = `${tenant.id}|${start}`;
    const found = this.used.get(key) ?? { tenant, start, at, used: 0, most: 0, told: 0 };
    this.used.set(key, found);
    return found;
  }

  /** Calls of one moment: whatever their order, each one's answer must fit what all of them took. */
  private take(month: UsedMonth, calls: readonly [Take, Billed][], at: number): void {
    const { tenant } = month;
    const limit = limitOf(tenant);
    let [highest, beyond] = [0, 0];
    for (const [call, { allowed, used = 0, over = 0 }] of calls) {
      highest = Math.max(highest, used);
      if (allowed !== true || !this.isFirst(call.claim)) continue;
      const { by, id, delta } = call;
      month.used += delta;
      beyond += Math.min(delta, over);
      if (call.keyed) month.told = undefined;
      this.held.set(tenant, [...this.heldOf(tenant), { by, id, tenant, delta, at }]);
      if (tenant.plan === 'scale') this.bill('jobs', tenant, at, delta);
    }
    if (month.told !== undefined) month.told += beyond;
    month.most = Math.max(month.most, month.used);
    const what = `${tenant.id} in the month of ${month.start}`;
    if (limit === undefined) return;
    const hasTaken = calls.some(([, { allowed }]) => allowed);
    if (hasTaken && highest !== month.used) {
      this.wrong.push(`quota: ${what} was told ${highest} used, of ${month.used}`);
    }
    if (tenant.plan === 'pro') return;
    if (month.used > limit) this.wrong.push(`quota: ${what} has ${month.used} of ${limit}`);
    for (const [{ delta }, { allowed }] of calls) {
      if (allowed === false && month.used + delta <= limit) {
        this.wrong.push(`quota: ${what} was refused ${delta} beside ${month.used} of ${limit}`);
      }
    }
  }

  private count(operation: Exclude<Operation, Take>): void {
    if (!this.isFirst(operation.claim)) return;
    switch (operation.kind) {
      case 'refund':
        this.giveBack(operation.of);
        break;
      case 'record':
        this.record(operation);
        break;
      case 'correct':
        this.correct(operation);
        break;
      case 'import':
        for (const { dimensions, at, delta } of operation.events) {
          this.bill('messages', { id: dimensions.tenant }, at, delta);
        }
    }
  }

  private giveBack({ tenant, at, delta, id, by }: Taken): void {
    const month = this.monthOfQuota(tenant, at);
    // what is given back too late is in no month
    if (this.closed.has(`calls|${month.start}`)) {
      add(this.late, `calls|${month.start}|${tenant.id}`, -delta);
    } else {
      month.used -= delta;
      month.told = undefined;
    }
    const left = this.heldOf(tenant).filter((it) => it.id !== id || it.by !== by);
    this.held.set(tenant, left);
    if (tenant.plan === 'scale') this.bill('jobs', tenant, at, -delta);
  }

  private record({ tenant, at, delta }: Record): void {
    this.bill('messages', tenant, at, delta);
  }

  /** Also of a month that is closed. */
  private correct({ tenant, at, delta, value }: Correction): void {
    const key = `messages|${monthOf(at)}|${tenant.id}`;
    if (value === undefined) add(this.billed, key, delta ?? 0);
    else this.billed.set(key, value);
  }

  private bill(name: Billable, { id }: { id: string }, at: number, delta: number): void {
    const month = monthOf(at);
    const key = `${name}|${month}|${id}`;
    if (!this.closed.has(`${name}|${month}`)) {
      add(this.billed, key, delta);
      return;
    }
    add(this.late, key, delta);
    add(this.waiting, `${name}|${id}`, delta);
  }

  private isFirst(claim: string): boolean {
    const known = this.claims.has(claim);
    this.claims.add(claim);
    return !known;
  }
}

const sumOf = (sums: ReadonlyMap<string, number>, name: string, tenant: string): number =>
  [...sums]
    .filter(([key]) => key.startsWith(`${name}|`) && key.endsWith(`|${tenant}`))
    .reduce((sum, [, each]) => sum + each, 0);

function add(sums: Map<string, number>, key: string, delta: number): void {
  sums.set(key, (sums.get(key) ?? 0) + delta);
}
