import type { CounterEventMap, CounterEvents } from '../events.js';

/** Events that tell of an incident: each is counted whenever it is told. */
export const INCIDENTS = [
  ...(['redisWiped', 'redisLostWrites', 'databaseWentBack', 'parked', 'overflow'] as const),
  ...(['refused', 'outboxRefused', 'rowsChanged', 'columnRefused', 'slowBatch'] as const),
  ...(['newCounterLimit', 'lateCounts', 'noWorkers', 'outage', 'misconfigured'] as const),
] as const satisfies (keyof CounterEventMap)[];
export type Incident = (typeof INCIDENTS)[number];

export const RESULTS = ['persisted', 'failed', 'duplicate'] as const;
export type Result = (typeof RESULTS)[number];

/** A batch that this process persisted. */
export type PersistedBatch = CounterEventMap['persisted'][0];

/** What histograms are told of. */
export interface Observer {
  /** Seconds from the oldest increment of a call to the answer of Redis. */
  acknowledged(seconds: number): void;
  persisted(counters: number, seconds: number): void;
}

/** What this process did since it measures, by its events. */
export class Tallies {
  /** Callers whose increments Redis took. */
  acknowledged = 0;
  replayed = 0;
  discarded = 0;
  private readonly batches = new Map<Result, Map<number, number>>();
  private readonly incidents = new Map<Incident, number>();
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly events: CounterEvents,
    observer: Observer,
  ) {
    this.ends.push(
      events.batches.add(({ acknowledged, since, ended, error }) => {
        this.acknowledged += acknowledged;
        if (error === undefined) observer.acknowledged((ended - since) / 1000);
      }),
    );
    for (const kind of INCIDENTS) this.on(kind, () => add(this.incidents, kind));
    this.on('persisted', ({ partition, counters, milliseconds }) => {
      this.noteBatch('persisted', partition);
      observer.persisted(counters, milliseconds / 1000);
    });
    this.on('persistFailed', ({ partition }) => this.noteBatch('failed', partition));
    this.on('duplicateSkipped', ({ partition }) => this.noteBatch('duplicate', partition));
    this.on('replayed', ({ counters }) => (this.replayed += counters));
    this.on('discarded', ({ counters }) => (this.discarded += counters));
  }

  batchesOf(result: Result, partition: number): number {
    return this.batches.get(result)?.get(partition) ?? 0;
  }

  incidentsOf(kind: Incident): number {
    return this.incidents.get(kind) ?? 0;
  }

  stop(): void {
    for (const end of this.ends) end();
  }

  private noteBatch(result: Result, partition: number): void {
    const of = this.batches.get(result) ?? new Map<number, number>();
    this.batches.set(result, of);
    add(of, partition);
  }

  private on<Name extends keyof CounterEventMap>(
    name: Name,
    listener: (payload: CounterEventMap[Name][0]) => unknown,
  ): void {
    // the overloads of EventEmitter do not see that this listener fits this name
    const given = listener as (...payload: unknown[]) => unknown;
    const events = this.events as unknown as NodeJS.EventEmitter;
    events.on(name, given);
    this.ends.push(() => events.off(name, given));
  }
}

function add<Key>(to: Map<Key, number>, key: Key): void {
  to.set(key, (to.get(key) ?? 0) + 1);
}
