import type { CounterEventMap, CounterEvents } from '../../events.js';
import { bounded, quote, reasonOf } from '../../words/quote.js';
import type { ToldEvent } from './answers.js';

/** Events that are kept. */
const KEPT = 200;
/** Milliseconds within which an event that comes again is one with the one before. */
const TOGETHER = 10_000;
/** Elements of a list that are shown. */
const SHOWN = 5;

type Kind = ToldEvent['kind'] | 'left out';

/** How each event is shown. Those of normal work, which come all the time, are left out. */
const KINDS: Record<keyof CounterEventMap, Kind> = {
  acknowledged: 'left out',
  persisted: 'left out',
  persistFailed: 'bad',
  duplicateSkipped: 'note',
  redisWiped: 'bad',
  redisLostWrites: 'bad',
  parked: 'bad',
  redisWentBack: 'note',
  changed: 'note',
  quotaCrossed: 'note',
  replayed: 'note',
  discarded: 'note',
  databaseWentBack: 'bad',
  rowsChanged: 'bad',
  overflow: 'bad',
  refused: 'bad',
  removalRefused: 'note',
  columnMissed: 'bad',
  columnRefused: 'bad',
  outboxRefused: 'bad',
  lateCounts: 'note',
  slowBatch: 'note',
  embeddedOverlap: 'bad',
  noWorkers: 'bad',
  workersBack: 'good',
  queuePaused: 'bad',
  backpressure: 'bad',
  newCounterLimit: 'note',
  outcomeUnknown: 'bad',
  outage: 'bad',
  outageLasts: 'bad',
  recovery: 'good',
  misconfigured: 'bad',
  rejected: 'bad',
};

/** Events that may come with every call. */
const FREQUENT: ReadonlySet<string> = new Set([
  ...(['rejected', 'outcomeUnknown', 'persistFailed', 'duplicateSkipped'] as const),
] satisfies (keyof CounterEventMap)[]);

interface Kept {
  name: string;
  kind: ToldEvent['kind'];
  at: number;
  last: number;
  times: number;
  payload: Record<string, unknown>;
}

/** The last events of this process, since its start. */
export class ToldEvents {
  private readonly kept: Kept[] = [];

  constructor(events: CounterEvents) {
    for (const [name, kind] of Object.entries(KINDS) as [keyof CounterEventMap, Kind][]) {
      if (kind === 'left out') continue;
      events.on(name, (payload: unknown) => this.keep(name, kind, payload as object));
    }
  }

  /** The latest first. */
  list(): ToldEvent[] {
    return this.kept.toReversed().map(({ name, kind, at, last, times, payload }) => ({
      ...{ name, kind, times, at: new Date(at), last: new Date(last) },
      details: Object.entries(payload)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, textOf(value)] as const),
    }));
  }

  private keep(name: string, kind: ToldEvent['kind'], payload: object): void {
    const now = Date.now();
    const before = this.kept.at(-1);
    if (before?.name === name && FREQUENT.has(name) && now - before.at < TOGETHER) {
      before.times++;
      before.last = now;
      before.payload = { ...payload };
      return;
    }
    this.kept.push({ name, kind, at: now, last: now, times: 1, payload: { ...payload } });
    if (this.kept.length > KEPT) this.kept.shift();
  }
}

function textOf(value: unknown): string {
  if (value instanceof Error) return reasonOf(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const shown = value.slice(0, SHOWN).map(textOf).join(', ');
    return bounded(value.length > SHOWN ? `${shown} and ${value.length - SHOWN} more` : shown);
  }
  if (typeof value === 'string') return bounded(value);
  if (typeof value === 'bigint') return String(value);
  return quote(value);
}
