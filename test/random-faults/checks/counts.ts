import type { Group } from '../records.js';
import { OnceCounts } from './once.js';

/** What one counter must be: `low` and `high` differ where an outcome is unknown. */
export interface Bounds {
  low: bigint;
  high: bigint;
}

export interface CountsReport {
  counters: number;
  /** Those without an unknown outcome. */
  exactCounters: number;
  /** Calls. */
  acknowledged: number;
  unknown: number;
  refused: number;
  failed: Record<string, number>;
  /** Sums over all counters. */
  counted: bigint;
  low: bigint;
  high: bigint;
  /** How far values are beside what was recorded. */
  drift: bigint;
  violations: string[];
}

interface Key {
  name: string;
  delta: number;
  acknowledged: boolean;
  unknown: boolean;
}

/** Adds up what was recorded, and compares it with the values. */
export class Counts {
  readonly bounds = new Map<string, Bounds>();
  private readonly keys = new Map<string, Key>();
  private readonly once = new OnceCounts();
  private readonly totals = new Map<string, Set<string>>();
  private readonly violations: string[] = [];
  private readonly failed: Record<string, number> = {};
  private acknowledged = 0;
  private unknown = 0;
  private refused = 0;

  add({ invoked, settled }: Group): void {
    for (const [code, number] of Object.entries(settled?.failed ?? {})) {
      this.failed[code] = (this.failed[code] ?? 0) + number;
    }
    invoked.operations.forEach((operation, index) => {
      const { name, delta, times = 1, key } = operation;
      const all = settled === undefined ? 0 : times;
      const acknowledged = settled?.acknowledged?.[index] ?? all;
      const refused = settled?.refused?.[index] ?? 0;
      const unknown = times - acknowledged - refused;
      this.acknowledged += acknowledged;
      this.refused += refused;
      this.unknown += unknown;
      this.distinct(name, settled?.totals?.[index] ?? []);
      if (operation.once !== undefined) {
        this.once.add(operation, settled?.truths?.[index] ?? 0, unknown);
      } else if (key === undefined) this.widen(name, delta, acknowledged, unknown);
      else
        this.remember({ name, delta, acknowledged: acknowledged > 0, unknown: unknown > 0 }, key);
    });
  }

  compare(values: ReadonlyMap<string, bigint>): CountsReport {
    for (const { name, delta, acknowledged, unknown } of this.keys.values()) {
      this.widen(name, delta, acknowledged ? 1 : 0, !acknowledged && unknown ? 1 : 0);
    }
    this.keys.clear();
    const complain = (text: string): void => void this.violations.push(text);
    for (const [name, bounds] of this.once.bounds(complain)) this.bounds.set(name, bounds);
    const report = { counted: 0n, low: 0n, high: 0n, drift: 0n, exactCounters: 0 };
    for (const name of new Set([...this.bounds.keys(), ...values.keys()])) {
      const { low, high } = this.bounds.get(name) ?? { low: 0n, high: 0n };
      const value = values.get(name) ?? 0n;
      report.counted += value;
      report.low += low;
      report.high += high;
      if (low === high) report.exactCounters++;
      if (value >= low && value <= high) continue;
      report.drift += value < low ? low - value : value - high;
      const expected = low === high ? `${low}` : `${low} to ${high}`;
      this.violations.push(`drift: ${name} is ${value}, not ${expected}`);
    }
    const { acknowledged, unknown, refused, failed, violations } = this;
    const counters = this.bounds.size;
    return { ...report, counters, acknowledged, unknown, refused, failed, violations };
  }

  /** What this counter holds, and nothing else. */
  expect(name: string, value: bigint): void {
    this.bounds.set(name, { low: value, high: value });
  }

  private widen(name: string, delta: number, acknowledged: number, unknown: number): void {
    let bounds = this.bounds.get(name);
    if (bounds === undefined) this.bounds.set(name, (bounds = { low: 0n, high: 0n }));
    const perhaps = BigInt(delta * unknown);
    const certain = BigInt(delta * acknowledged);
    bounds.low += certain + (perhaps < 0n ? perhaps : 0n);
    bounds.high += certain + (perhaps > 0n ? perhaps : 0n);
  }

  /** However often a key is sent, and by however many processes, it counts once. */
  private remember(sent: Key, key: string): void {
    const id = `${sent.name} ${key}`;
    const known = this.keys.get(id);
    if (known === undefined) this.keys.set(id, sent);
    else {
      known.acknowledged ||= sent.acknowledged;
      known.unknown ||= sent.unknown;
    }
  }

  /** Of a counter that only such calls increment. */
  private distinct(name: string, totals: readonly string[]): void {
    let known = this.totals.get(name);
    if (known === undefined && totals.length > 0) this.totals.set(name, (known = new Set()));
    for (const total of totals) {
      if (known?.has(total)) this.violations.push(`${name} was answered twice as ${total}`);
      known?.add(total);
    }
  }
}
