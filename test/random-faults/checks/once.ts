import type { RecordedOperation } from '../../support/processes/protocol.js';
import type { Bounds } from './counts.js';

/** What became of the calls with one key of one counter. */
interface Key {
  name: string;
  delta: number;
  counted: number;
  mayHaveCounted: number;
  undone: number;
  mayBeUndone: number;
}

/** Calls of `incrOnce()` and `undoOnce()`: in turn, each key is counted and taken back. */
export class OnceCounts {
  private readonly keys = new Map<string, Key>();

  add({ name, delta, key = '', once }: RecordedOperation, truths: number, unknown: number): void {
    const id = `${name} ${key}`;
    let found = this.keys.get(id);
    if (found === undefined) {
      found = { name, delta, counted: 0, mayHaveCounted: 0, undone: 0, mayBeUndone: 0 };
      this.keys.set(id, found);
    }
    if (once === 'undo') {
      found.undone += truths;
      found.mayBeUndone += unknown;
    } else {
      found.counted += truths;
      found.mayHaveCounted += unknown;
    }
  }

  /** What each counter may hold; `complain` is told of keys that counted, or were taken back, too often. */
  bounds(complain: (text: string) => void): Map<string, Bounds> {
    const all = new Map<string, Bounds>();
    for (const [id, { name, delta, ...of }] of this.keys) {
      const least = of.counted - of.undone - of.mayBeUndone;
      const most = of.counted + of.mayHaveCounted - of.undone;
      if (least > 1) complain(`${id} counted ${of.counted} times, taken back ${of.undone}`);
      if (most < 0) complain(`${id} was taken back ${of.undone} times, counted ${of.counted}`);
      const bounds = all.get(name) ?? { low: 0n, high: 0n };
      all.set(name, bounds);
      bounds.low += BigInt(delta * zeroOrOne(least));
      bounds.high += BigInt(delta * zeroOrOne(most));
    }
    return all;
  }
}

const zeroOrOne = (times: number): number => Math.min(1, Math.max(0, times));
