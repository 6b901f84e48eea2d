import { CounterReader } from './api/counters.js';
import { MeteringReader } from './api/metering.js';
import { OverviewReader } from './api/overview.js';
import { ParkedReader } from './api/parked.js';
import { ParkedWriter } from './api/parked-writes.js';
import { Query } from './api/query.js';
import { SharedReads } from './api/shared-reads.js';
import type { Sources } from './api/sources.js';
import type { Caller } from './http/access.guard.js';
import { Refusal } from './http/refusal.js';

type Reader = (query: Query) => Promise<unknown>;

/** What the page asks for. */
export class Dashboard {
  private readonly readers: ReadonlyMap<string, Reader>;
  private readonly parked: ParkedReader;
  private readonly writer: ParkedWriter;
  private readonly reads = new SharedReads();
  private readonly overview: OverviewReader;

  constructor(sources: Sources) {
    const counters = new CounterReader(sources);
    const metering = new MeteringReader(sources);
    this.overview = new OverviewReader(sources);
    this.parked = new ParkedReader(sources);
    this.writer = new ParkedWriter(sources);
    this.readers = new Map<string, Reader>([
      ['counters', (query) => counters.page(query)],
      ['top', (query) => counters.top(query)],
      ['counter', (query) => counters.one(query)],
      ['series', (query) => counters.series(query)],
      ['metered', (query) => metering.names(query)],
      ['breakdown', (query) => metering.breakdown(query)],
      ['quotas', () => metering.quotas()],
      ['parked', () => this.parked.incidents()],
      ['parcel', (query) => this.parked.parcel(query)],
      ['events', () => this.overview.events()],
    ]);
  }

  async read(what: string, given: URLSearchParams, { access }: Caller): Promise<unknown> {
    if (what === 'overview') {
      const overview = await this.reads.read('overview', () => this.overview.overview());
      return { ...overview, access };
    }
    const reader = this.readers.get(what);
    if (reader === undefined) throw unknown();
    const query = new Query(given);
    return this.reads.read(`${what} ${query.key}`, () => reader(query));
  }

  export(given: URLSearchParams): Promise<string> {
    return this.parked.export(new Query(given));
  }

  write(what: string, body: Record<string, unknown>, caller: Caller): Promise<unknown> {
    if (what !== 'replay' && what !== 'discard') throw unknown();
    if (caller.access !== 'operate') {
      throw new Refusal(403, 'READ_ONLY', 'This dashboard is read-only for you');
    }
    // whoever wrote sees what there is now, not what there was within the second
    return this.writer.write(what, body, caller).finally(() => this.reads.forget());
  }
}

const unknown = (): Refusal => new Refusal(404, 'NOT_FOUND', 'There is nothing of this name');
