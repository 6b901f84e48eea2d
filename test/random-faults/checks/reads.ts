import type { Group, Read } from '../records.js';

interface Change {
  at: number;
  amount: number;
}

interface Reading {
  begun: number;
  at: number;
  value: number;
}

interface Counter {
  invoked: Change[];
  acknowledged: Change[];
  readings: Reading[];
}

const NO_COUNTER: Counter = { invoked: [], acknowledged: [], readings: [] };

/**
 * Holds what was read of counters that only go up against what was done by then, in whichever
 * process: not below what was acknowledged before, or read before, and not above what was invoked.
 */
export class Reads {
  reads = 0;
  private readonly counters = new Map<string, Counter>();

  /** Only these names are looked at. */
  constructor(private readonly isGrowing: (name: string) => boolean) {}

  add({ invoked, settled }: Group): void {
    invoked.operations.forEach(({ name, delta, times = 1 }, index) => {
      if (!this.isGrowing(name)) return;
      const counter = this.counter(name);
      counter.invoked.push({ at: invoked.at, amount: delta * times });
      if (settled === undefined) return;
      const acknowledged = settled.acknowledged?.[index] ?? times;
      counter.acknowledged.push({ at: settled.at, amount: delta * acknowledged });
    });
  }

  addRead({ begun, at, names, values }: Read): void {
    this.reads++;
    names.forEach((name, index) => {
      this.counter(name).readings.push({ begun, at, value: Number(values[index]) });
    });
  }

  compare(): string[] {
    return [...this.counters].flatMap(([name, counter]) => [
      ...tooLow(name, counter),
      ...tooHigh(name, counter),
    ]);
  }

  private counter(name: string): Counter {
    let counter = this.counters.get(name);
    if (counter === undefined) this.counters.set(name, (counter = structuredClone(NO_COUNTER)));
    return counter;
  }
}

function tooLow(name: string, { acknowledged, readings }: Counter): string[] {
  const ended = Array.from(readings).sort((one, other) => one.at - other.at);
  const sumAt = sums(acknowledged);
  let next = 0;
  let highest = 0;
  return readings
    .sort((one, other) => one.begun - other.begun)
    .flatMap(({ begun, value }) => {
      for (let before = ended[next]; before && before.at < begun; before = ended[++next]) {
        highest = Math.max(highest, before.value);
      }
      const least = sumAt(begun);
      if (value < least) return [`${name} was read as ${value}, acknowledged were ${least}`];
      if (value < highest) return [`${name} was read as ${value} after ${highest}`];
      return [];
    });
}

function tooHigh(name: string, { invoked, readings }: Counter): string[] {
  const sumAt = sums(invoked);
  return readings
    .sort((one, other) => one.at - other.at)
    .flatMap(({ at, value }) => {
      const most = sumAt(at);
      return value > most ? [`${name} was read as ${value}, invoked were ${most}`] : [];
    });
}

/** How much there was before a time; times must come in their order. */
function sums(changes: Change[]): (at: number) => number {
  changes.sort((one, other) => one.at - other.at);
  let next = 0;
  let sum = 0;
  return (at) => {
    for (let change = changes[next]; change && change.at < at; change = changes[++next]) {
      sum += change.amount;
    }
    return sum;
  };
}
