import type { PartitionHealth } from '../cache/counter-cache.js';
import type { OperationClass, Outage } from '../outages.js';
import type { QueueJobs } from '../queue/persist-queue.js';

/** Stable across releases; `docs/operations.md` has them in one table. @publicApi */
export type ProblemCode =
  | 'FC-NOT-ACCEPTING'
  | 'FC-NOT-PERSISTING'
  | 'FC-NOT-READING'
  | 'FC-OVERDUE'
  | 'FC-PARKED'
  | 'FC-OVERFLOWED'
  | 'FC-REFUSED-ROWS'
  | 'FC-BACKPRESSURE'
  | 'FC-QUEUES-FAIL'
  | 'FC-QUEUES-PAUSED';

/** Something that somebody has to look at; one for all partitions. @publicApi */
export interface Problem {
  code: ProblemCode;
  severity: 'high' | 'medium';
  /** Where it is known. */
  since?: Date;
  /** What it means. */
  text: string;
  /** What to do. */
  next: string;
}

const OF_OUTAGE: Record<OperationClass, Omit<Problem, 'since'>> = {
  write: {
    code: 'FC-NOT-ACCEPTING',
    severity: 'high',
    text: 'Redis takes no increments: they wait in the memory of this process',
    next: 'Look at Redis: whether it runs, whether its memory is full, whether this process reaches it',
  },
  persist: {
    code: 'FC-NOT-PERSISTING',
    severity: 'high',
    text: 'Counts do not get to the database: they wait in Redis',
    next: 'Look at the database and at Redis, as the error says',
  },
  read: {
    code: 'FC-NOT-READING',
    severity: 'high',
    text: 'Totals are not answered',
    next: 'Look at Redis and the database, as the error says',
  },
  queue: {
    code: 'FC-QUEUES-FAIL',
    severity: 'medium',
    text: 'The queues of Bull fail: counts reach the database some seconds late',
    next: 'Look at the Redis of the queues, as the error says',
  },
};

type PartitionFacts = Partial<PartitionHealth> & { jobs?: QueueJobs };

interface Facts {
  outages: readonly Outage[];
  buffer: { entries: number; limit: number };
  partitions: readonly PartitionFacts[];
}

/** What is wrong by these facts, the worst first. `patience`: milliseconds for which counts may be overdue. */
export function problemsOf({ outages, buffer, partitions }: Facts, patience: number): Problem[] {
  const problems: Problem[] = outages.map(({ of, since, error }) => {
    const { text, ...problem } = OF_OUTAGE[of];
    return { ...problem, since, text: `${text}. ${error}` };
  });
  const most = Math.max(
    0,
    ...partitions.map(({ overdueBy = 0, batchAge = 0 }) => Math.max(overdueBy, batchAge)),
  );
  if (most > patience) {
    problems.push({
      code: 'FC-OVERDUE',
      severity: 'high',
      since: new Date(Date.now() - most),
      text: `Counts that were due ${Math.round(most / 1000)} s ago are not in the database`,
      next: 'See that a process with workers runs, and that the database keeps up',
    });
  }
  const aside = (code: ProblemCode, count: number, text: string, next: string): void => {
    if (count > 0) problems.push({ code, severity: 'high', text: `${count} ${text}`, next });
  };
  const sum = (of: (partition: PartitionFacts) => number | undefined): number =>
    partitions.reduce((total, partition) => total + (of(partition) ?? 0), 0);
  const look = 'Look at what was put aside by ParkedCounts, and replay or discard it';
  aside(
    'FC-PARKED',
    sum(({ parked }) => parked),
    'parcels are parked: Redis went back in time',
    look,
  );
  aside(
    'FC-OVERFLOWED',
    sum(({ overflowed }) => overflowed),
    'counters would leave the 64-bit range, and are kept aside',
    `Make room by set() or reset(). ${look}`,
  );
  aside(
    'FC-REFUSED-ROWS',
    sum(({ refused }) => refused),
    'counters are put aside, as the database refuses their rows',
    `Let the database take them. ${look}`,
  );
  if (buffer.entries >= buffer.limit) {
    problems.push({
      code: 'FC-BACKPRESSURE',
      severity: 'medium',
      text: `The buffer of this process is full with ${buffer.entries} entries: increments are refused`,
      next: 'Look why Redis is away or slow, or raise maxBufferedNames',
    });
  }
  const paused = sum(({ jobs }) => jobs?.paused);
  if (paused > 0) {
    problems.push({
      code: 'FC-QUEUES-PAUSED',
      severity: 'medium',
      text: `Queues are paused, and ${paused} jobs wait: counts reach the database some seconds late`,
      next: 'Resume them: queue.resume(), or the button of a dashboard',
    });
  }
  const rank = ({ severity }: Problem): number => (severity === 'high' ? 0 : 1);
  return problems.toSorted((one, other) => rank(one) - rank(other));
}
