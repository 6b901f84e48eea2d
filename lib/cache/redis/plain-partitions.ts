/** Between two tries where the partition is not plain, in milliseconds. */
const PAUSE = 1000;
/** One refusal may be about the call: that it is the first, or comes again. */
const REFUSALS = 2;

/** Which partitions take runs, see `_plain.lua`: those that refused are not asked each time. */
export class PlainPartitions {
  /** By partition. */
  private readonly refusals = new Map<number, { count: number; until: number }>();

  mayTake(partition: number): boolean {
    const refusals = this.refusals.get(partition);
    if (refusals === undefined || refusals.count < REFUSALS) return true;
    return performance.now() > refusals.until;
  }

  took(partition: number): void {
    this.refusals.delete(partition);
  }

  refused(partition: number): void {
    const count = (this.refusals.get(partition)?.count ?? 0) + 1;
    this.refusals.set(partition, { count, until: performance.now() + PAUSE });
  }
}
