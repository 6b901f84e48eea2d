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

interface Reader {
  /** What it needs of a query. */
  keys: readonly string[];
  read: (query: Query) => Promise<unknown>;
}

const PARCEL = ['id', 'name'] as const;

/** What the page asks for. */
export class Dashboard {
  private readonly readers: ReadonlyMap<string, Reader>;
  private readonly parked: ParkedReader;
  private readonly writer: ParkedWriter;
  private readonly reads = new SharedReads();
  /** The last export: each holds all of a parcel in memory, so there is one at a time. */
  private exported: Promise<unknown> = Promise.resolve();
  private readonly overview: OverviewReader;

  constructor(sources: Sources) {
    const counters = new CounterReader(sources);
    const metering = new MeteringReader(sources);
    this.overview = new OverviewReader(sources);
    this.parked = new ParkedReader(sources);
    this.writer = new ParkedWriter(sources);
    const reader = (
      what: string,
      keys: readonly string[],
      read: Reader['read'],
    ): [string, Reader] => [what, { keys, read }];
    this.readers = new Map([
      reader('counters', ['prefix', 'order', 'limit', 'after', 'value'], (it) => counters.page(it)),
      reader('top', ['prefix', 'window', 'limit'], (it) => counters.top(it)),
      reader('counter', ['name'], (it) => counters.one(it)),
      reader('series', ['name', 'window'], (it) => counters.series(it)),
      reader('metered', ['prefix'], (it) => metering.names(it)),
      reader('breakdown', ['name', 'groupBy', 'window'], (it) => metering.breakdown(it)),
      reader('quotas', [], () => metering.quotas()),
      reader('parked', [], () => this.parked.incidents()),
      reader('parcel', PARCEL, (it) => this.parked.parcel(it)),
      reader('events', [], () => this.overview.events()),
    ]);
  }

  /** For Nest. */
  onModuleDestroy(): void {
    this.overview.stop();
  }

  async read(what: string, given: URLSearchParams, { access }: Caller): Promise<unknown> {
    if (what === 'overview') {
      const overview = await this.reads.read('overview', () => this.overview.overview());
      return { ...overview, access };
    }
    const reader = this.readers.get(what);
    if (reader === undefined) throw unknown();
    const query = new Query(given, reader.keys);
    return this.reads.read(`${what} ${query.key}`, () => reader.read(query));
  }

  async export(given: URLSearchParams): Promise<string> {
    const query = new Query(given, PARCEL);
    return this.reads.read(`export ${query.required('id')}`, () => {
      const exported = this.exported.then(() => this.parked.export(query));
      this.exported = exported.catch(() => undefined);
      return exported;
    });
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
