import type { CounterEvents } from '../events.js';

/** Events of incidents that are over when they are told, so that no other event ends them. */
const KINDS = [
  ...(['redisWiped', 'redisLostWrites', 'databaseWentBack'] as const),
  ...(['rowsChanged', 'columnRefused', 'slowBatch', 'newCounterLimit'] as const),
] as const;
export type IncidentKind = (typeof KINDS)[number];

/** Milliseconds for which an incident stays a problem after its last event. */
const HOUR = 3_600_000;

export interface PastIncident {
  since: Date;
  /** Partitions of its events; empty where these name none. */
  partitions: ReadonlySet<number>;
}

/** Past incidents that this process was told of: one for each kind, over all partitions. */
export class PastIncidents {
  private readonly incidents = new Map<
    IncidentKind,
    { since: Date; last: number; partitions: Set<number> }
  >();

  constructor(
    events: CounterEvents,
    private readonly now: () => number = () => performance.now(),
  ) {
    const noted =
      (kind: IncidentKind) =>
      (told: { partition?: number }): void =>
        this.add(kind, told.partition);
    for (const kind of KINDS) events.on(kind, noted(kind));
  }

  get(kind: IncidentKind): PastIncident | undefined {
    const incident = this.incidents.get(kind);
    if (incident === undefined || this.now() - incident.last < HOUR) return incident;
    this.incidents.delete(kind);
    return undefined;
  }

  private add(kind: IncidentKind, partition?: number): void {
    const incident = this.get(kind);
    const { since, partitions } = incident ?? { since: new Date(), partitions: [] };
    const all = new Set(partitions);
    if (partition !== undefined) all.add(partition);
    this.incidents.set(kind, { since, last: this.now(), partitions: all });
  }
}
