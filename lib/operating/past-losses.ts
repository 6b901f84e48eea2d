import type { CounterEvents } from '../events.js';

/** Losses that are over when they are found, so that nothing ends them. */
const KINDS = ['redisWiped', 'redisLostWrites', 'databaseWentBack'] as const;
export type LossKind = (typeof KINDS)[number];

/** For so many milliseconds behind its last event, a loss is a problem: somebody has to look why. */
const HOUR = 3_600_000;

export interface PastLoss {
  since: Date;
  partitions: ReadonlySet<number>;
}

/** What this process was told of losses, as one incident a kind over all partitions. */
export class PastLosses {
  private readonly incidents = new Map<
    LossKind,
    { since: Date; last: number; partitions: Set<number> }
  >();

  constructor(
    events: CounterEvents,
    private readonly now: () => number = () => performance.now(),
  ) {
    const noted =
      (kind: LossKind) =>
      ({ partition }: { partition: number }): void =>
        this.add(kind, partition);
    for (const kind of KINDS) events.on(kind, noted(kind));
  }

  get(kind: LossKind): PastLoss | undefined {
    const incident = this.incidents.get(kind);
    if (incident === undefined || this.now() - incident.last < HOUR) return incident;
    this.incidents.delete(kind);
    return undefined;
  }

  private add(kind: LossKind, partition: number): void {
    const incident = this.get(kind);
    const { since, partitions } = incident ?? { since: new Date(), partitions: [] };
    const all = new Set([...partitions, partition]);
    this.incidents.set(kind, { since, last: this.now(), partitions: all });
  }
}
