const SMALLEST = 0.0005;
const STEP = Math.log(1.01);
const BUCKETS = 2000;

/** Latencies in milliseconds, each within one percent. */
export class Histogram {
  private readonly buckets = new Uint32Array(BUCKETS);
  private count = 0;

  add(milliseconds: number): void {
    const bucket = Math.round(Math.log(Math.max(milliseconds, SMALLEST) / SMALLEST) / STEP);
    const index = Math.min(bucket, BUCKETS - 1);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.count++;
  }

  /** Undefined before the first. */
  quantile(fraction: number): number | undefined {
    if (this.count === 0) return undefined;
    let left = Math.ceil(this.count * fraction);
    const bucket = this.buckets.findIndex((count) => (left -= count) <= 0);
    return SMALLEST * Math.exp(bucket * STEP);
  }
}
