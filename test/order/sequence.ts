import { createHash } from 'node:crypto';

/** What a counter is after some calls, one after the other. */
export class SequentialCounter {
  value = 0;
  /** What its window of now counted. */
  window = 0;
  private readonly keys = new Set<string>();
  /** By keys that count once: what counted, and whether in the window too. */
  private readonly once = new Map<string, [delta: number, windowed: boolean]>();

  incr(delta: number, key?: string, windowed = false): void {
    if (key !== undefined && this.keys.has(key)) return;
    if (key !== undefined) this.keys.add(key);
    this.value += delta;
    if (windowed) this.window += delta;
  }

  incrOnce(delta: number, key: string, windowed: boolean): boolean {
    if (this.once.has(key)) return false;
    this.once.set(key, [delta, windowed]);
    this.incr(delta, undefined, windowed);
    return true;
  }

  undoOnce(key: string): boolean {
    const [delta, windowed] = this.once.get(key) ?? [];
    if (delta === undefined) return false;
    this.once.delete(key);
    this.incr(-delta, undefined, windowed);
    return true;
  }

  /** Neither its keys nor its windows survive it. */
  delete(): void {
    this.value = 0;
    this.window = 0;
    this.keys.clear();
    this.once.clear();
  }

  tryIncr(delta: number, max: number, windowed: boolean): boolean {
    const before = windowed ? this.window : this.value;
    if (before + delta > max) return false;
    this.incr(delta, undefined, windowed);
    return true;
  }

  set(value: number): number {
    const before = this.value;
    this.value = value;
    return before;
  }
}

/** Numbers that follow from a seed, from 0 up to and not including a limit. */
export function numbersOf(seed: string): (limit: number) => number {
  let drawn = 0;
  return (limit) => {
    const digest = createHash('sha1').update(`${seed} ${drawn++}`).digest();
    return digest.readUInt32BE() % limit;
  };
}
