import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Random } from '../simulation/random.js';
import type { Correction, Event, Import, Operation, Record, Refund, Take, Taken } from './acts.js';
import { DAY } from './calendar.js';
import { quotaOf, type Tenant } from './tenants.js';

/** Who is there to be asked, and what can be given back. */
export interface Scene {
  at: number;
  processes: readonly CountingProcess[];
  held: (tenant: Tenant) => readonly Taken[];
  /** Whether events of the past may come, and takes be given back. */
  past: boolean;
  /** Whether each take can be asked for again, as its outcome may be unknown. */
  keyed: boolean;
}

/** How long ago an event can be that comes late. */
const LATE = 30 * DAY;

/** What the tenants send, as the seed draws it. */
export class Traffic {
  private last = 0;
  private readonly gone = new Set<string>();

  constructor(
    private readonly random: Random,
    private readonly tenants: readonly Tenant[],
    /** Nothing is of a time before. */
    private readonly since: number,
  ) {}

  /** This tenant sends nothing any more. */
  leave(tenant: string): void {
    this.gone.add(tenant);
  }

  /** Some tenants, each of whom takes, or gives back, or sends messages. */
  visits(count: number, scene: Scene, tenants = this.tenants): Operation[] {
    return this.some(count, tenants).flatMap((tenant) => {
      const held = scene.past ? scene.held(tenant) : [];
      // of one tenant never both at once: so it is known how much was used at most
      const quota =
        held.length > 0 && this.random.chance(0.4) ? this.refunds(held) : this.takes(tenant, scene);
      return [...quota, ...this.records(tenant, scene)];
    });
  }

  /** Corrections of the present month and of that before, by months and by days, each asked for twice. */
  corrections(count: number, { at, processes }: Scene): Operation[] {
    return this.some(count, this.tenants).flatMap((tenant) => {
      const of = Math.max(this.since, at - (this.random.chance(0.5) ? 0 : LATE));
      // a day is in its month, which so has the same more; that it is a value holds for the month alone
      const byDay = this.random.chance(0.3);
      const isValue = !byDay && this.random.chance(0.3);
      const number = isValue
        ? { value: this.random.whole(0, 99) }
        : { delta: this.random.whole(-5, 20) || 1 };
      const claim = this.claim('correction');
      const options = {
        ...{
          window: byDay ? 'day' : 'month',
          at: of,
          dimensions: { tenant: tenant.id },
          id: claim,
        },
        ...{ ...number, reason: 'load test', by: 'test' },
      };
      const act = { kind: 'correct', name: 'messages', options } as const;
      return this.twice(processes).map((by): Correction => ({
        kind: 'correct',
        by,
        claim,
        act,
        tenant,
        at: of,
        ...number,
      }));
    });
  }

  /** A log of the last weeks, that several import at once. */
  imports(length: number, { at, processes }: Scene): Operation[] {
    const claim = this.claim('log');
    const events = Array.from({ length }, (_, line): Event => {
      const of = Math.max(this.since, at - this.random.whole(0, LATE));
      const [tenant] = this.some(1, this.tenants);
      const dimensions = { tenant: tenant?.id ?? '' };
      return { name: 'messages', id: `${claim}-${line}`, at: of, delta: 1, dimensions };
    });
    events.sort((one, other) => one.at - other.at);
    const act = { kind: 'import', events, windows: ['day', 'month'] } as const;
    return this.twice(processes).map((by): Import => ({ kind: 'import', by, claim, act, events }));
  }

  /** Messages alone, of this moment and by one process. */
  messages(count: number, at: number, by: CountingProcess): Operation[] {
    return this.some(count, this.tenants).map((tenant) =>
      this.record(tenant, by, { at, delta: this.random.whole(1, 9) }),
    );
  }

  /** Calls of the same quotas that take nothing. */
  looks(operations: readonly Operation[]): Take[] {
    return operations.flatMap((operation) => {
      if (operation.kind !== 'take') return [];
      const { name, options } = quotaOf(operation.tenant);
      const id = ++this.last;
      const act = { kind: 'take', id, name, options: { ...options, delta: 0 } } as const;
      return [{ ...operation, id, delta: 0, act }];
    });
  }

  refunds(held: readonly Taken[]): Refund[] {
    return held.flatMap((of) => {
      const { by, id } = of;
      const refund: Refund = {
        ...{ kind: 'refund', by, of, claim: `refund ${id}` },
        act: { kind: 'refund', id },
      };
      // asked for twice it is given back once
      return this.random.chance(0.2) ? [refund, refund] : [refund];
    });
  }

  private takes(tenant: Tenant, { processes, keyed: all }: Scene): Take[] {
    const { name, options } = quotaOf(tenant);
    return Array.from({ length: this.random.whole(1, 8) }).flatMap(() => {
      const delta = this.random.whole(1, 3);
      const isTwice = this.random.chance(0.15);
      const keyed = isTwice || all;
      const claim = this.claim('take');
      const asked = isTwice ? this.twice(processes) : [this.random.pick(processes)];
      return asked.map((by): Take => {
        const id = ++this.last;
        const asking = { ...options, delta, ...(keyed && { idempotencyKey: claim }) };
        const act = { kind: 'take', id, name, options: asking } as const;
        return { kind: 'take', by, claim, act, tenant, id, delta, keyed };
      });
    });
  }

  private records(tenant: Tenant, { at, processes, past }: Scene): Record[] {
    return Array.from({ length: this.random.whole(0, 3) }).flatMap(() => {
      const isLate = past && this.random.chance(0.2);
      const of = isLate ? Math.max(this.since, at - this.random.whole(0, LATE)) : at;
      const delta = this.random.whole(1, 9);
      const key = this.random.chance(0.1) ? this.claim('message') : undefined;
      const asked = key === undefined ? [this.random.pick(processes)] : this.twice(processes);
      return asked.map((by) => this.record(tenant, by, { at: of, delta, isLate, key }));
    });
  }

  private record(
    tenant: Tenant,
    by: CountingProcess,
    {
      at,
      delta,
      isLate = false,
      key,
    }: { at: number; delta: number; isLate?: boolean; key?: string | undefined },
  ): Record {
    const options = {
      dimensions: { tenant: tenant.id },
      ...(isLate && { at }),
      ...(key !== undefined && { idempotencyKey: key }),
    };
    const act = { kind: 'record', name: 'messages', delta, options } as const;
    return { kind: 'record', by, claim: key ?? this.claim('message'), act, tenant, delta, at };
  }

  /** Two of the processes at once, or one of them twice. */
  private twice(processes: readonly CountingProcess[]): CountingProcess[] {
    return [this.random.pick(processes), this.random.pick(processes)];
  }

  private some(count: number, tenants: readonly Tenant[]): Tenant[] {
    const here = tenants.filter(({ id }) => !this.gone.has(id));
    const chosen = new Set<Tenant>();
    while (chosen.size < Math.min(count, here.length)) chosen.add(this.random.pick(here));
    return [...chosen];
  }

  private claim(of: string): string {
    return `${of} ${++this.last}`;
  }
}
