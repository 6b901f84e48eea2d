import type { CounterService } from '../counting/counter.service.js';
import { CounterEvents } from '../events.js';
import { InvalidArgumentError, quote } from '../errors.js';
import type { CounterStatus } from '../operating/status/status.types.js';
import { type Observer, Tallies } from './tallies.js';

/** Milliseconds for which a status is shown again: a scrape shows many values, and several may come at once. */
const FRESH = 1_000;

interface Read {
  at: number;
  status: Promise<CounterStatus>;
}

const reads = new WeakMap<CounterService, Read>();

/** One status a second, however many exporters ask. */
function statusOf(counters: CounterService): Promise<CounterStatus> {
  const last = reads.get(counters);
  if (last !== undefined && performance.now() - last.at < FRESH) return last.status;
  const read = { at: performance.now(), status: counters.status() };
  reads.set(counters, read);
  return read.status;
}

/** What is shown of a `FastCounterModule`: what this process did, and what the whole system has now. */
export class Source {
  readonly tallies: Tallies;

  constructor(
    private readonly counters: CounterService,
    readonly namespace: string,
    readonly events: CounterEvents,
    observer: Observer,
  ) {
    this.tallies = new Tallies(events, observer);
  }

  status(): Promise<CounterStatus> {
    return statusOf(this.counters);
  }
}

/** The events of a service, with its namespace; throws where it is a double. */
export function eventsOf(counters: unknown): CounterEvents & { readonly namespace: string } {
  const events = (counters as { events?: unknown } | undefined)?.events;
  if (events instanceof CounterEvents) return events;
  throw new InvalidArgumentError(
    `Metrics are of a CounterService that FastCounterModule provides, not of ${quote(counters)}`,
  );
}
