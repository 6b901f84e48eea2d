/** Counters by the time at which they are to be persisted; few distinct times, as they are ticks. */
export class DueTimes {
  private readonly times = new Map<string, number>();
  private readonly buckets = new Map<number, Set<string>>();

  get(name: string): number | undefined {
    return this.times.get(name);
  }

  get size(): number {
    return this.times.size;
  }

  /** The earlier of the two times wins. */
  put(name: string, at: number): void {
    const known = this.times.get(name);
    if (known !== undefined && known <= at) return;
    this.delete(name);
    this.times.set(name, at);
    const bucket = this.buckets.get(at);
    if (bucket === undefined) this.buckets.set(at, new Set([name]));
    else bucket.add(name);
  }

  delete(name: string): void {
    const at = this.times.get(name);
    if (at === undefined) return;
    this.times.delete(name);
    const bucket = this.buckets.get(at);
    bucket?.delete(name);
    if (bucket?.size === 0) this.buckets.delete(at);
  }

  clear(): void {
    this.times.clear();
    this.buckets.clear();
  }

  names(): Iterable<string> {
    return [...this.times.keys()];
  }

  earliest(): number | undefined {
    let earliest: number | undefined;
    for (const at of this.buckets.keys())
      if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }

  /** How many are due. */
  countUntil(now: number): number {
    let count = 0;
    for (const [at, names] of this.buckets) if (at <= now) count += names.size;
    return count;
  }

  /** Up to `limit` names that are due, the earliest first. */
  until(now: number, limit: number): string[] {
    const names: string[] = [];
    for (const at of [...this.buckets.keys()].filter((time) => time <= now).sort((a, b) => a - b)) {
      for (const name of this.buckets.get(at) ?? []) {
        if (names.length === limit) return names;
        names.push(name);
      }
    }
    return names;
  }
}
