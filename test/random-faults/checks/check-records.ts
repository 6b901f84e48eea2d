import { readRecords } from '../records.js';
import { Counts, type CountsReport } from './counts.js';
import { Reads } from './reads.js';

export interface RecordsReport extends CountsReport {
  reads: number;
}

/** The names that the load only increments, without keys, by positive deltas. */
const isGrowing = (name: string): boolean => /^(hot|growing):/.test(name);

/**
 * What the processes wrote down in this directory, against the values in the end. `booked` has what transactions committed, by
 * counter.
 */
export async function checkRecords(
  directory: string,
  values: ReadonlyMap<string, bigint>,
  booked: ReadonlyMap<string, bigint> = new Map(),
): Promise<RecordsReport> {
  const counts = new Counts();
  for (const [name, sum] of booked) counts.expect(name, sum);
  const reads = new Reads(isGrowing);
  for await (const recorded of readRecords(directory)) {
    if ('kind' in recorded) {
      reads.addRead(recorded);
      continue;
    }
    counts.add(recorded);
    reads.add(recorded);
  }
  const report = counts.compare(values);
  return {
    ...report,
    reads: reads.reads,
    violations: [...report.violations, ...reads.compare()],
  };
}
