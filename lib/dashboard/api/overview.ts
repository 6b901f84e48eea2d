import { hostname } from 'node:os';
import type { CounterStatus } from '../../operating/status/status.types.js';
import { verdictOf } from '../../operating/verdict.js';
import { VERSION } from '../../version.js';
import { whileRunning } from '../../words/deadline.js';
import type { EventsAnswer, LastKnown, Overview } from './answers.js';
import { Rates } from './rates.js';
import { SharedReads } from './shared-reads.js';
import type { Sources } from './sources.js';
import { ToldEvents } from './told-events.js';

/** Milliseconds between two reads for the last known values, where no page is open. */
const REMEMBER = 60_000;

const statuses = new WeakMap<object, SharedReads>();

/** What this process is and what it told: watched from the start of the application. */
export class OverviewReader {
  private readonly acknowledged = new Rates();
  private readonly refused = new Rates();
  private refusedBefore = 0;
  private readonly told: ToldEvents;
  private lastKnown?: LastKnown;
  private readonly process = {
    host: hostname(),
    pid: process.pid,
    startedAt: new Date(Date.now() - process.uptime() * 1_000),
  };

  private readonly remembering: NodeJS.Timeout;

  constructor(
    private readonly sources: Sources,
    remember = REMEMBER,
  ) {
    const { events } = sources;
    this.told = new ToldEvents(events);
    events.on('acknowledged', ({ operations }) => this.acknowledged.add(operations));
    // each has been added to the refusals by then
    const refused = (): void => this.countRefused(events.refusals);
    events.on('rejected', refused);
    events.on('outcomeUnknown', refused);
    const look = (): void => void this.overview().catch(() => undefined);
    this.remembering = whileRunning(remember, look).unref();
  }

  stop(): void {
    clearInterval(this.remembering);
  }

  async overview(): Promise<Omit<Overview, 'access'>> {
    const { options, quotas, isEmbedded } = this.sources;
    const status = await this.status();
    const at = new Date();
    this.countRefused(status);
    const answers = status.cache.answers && status.database.answers;
    const { partitions, persisting } = status;
    if (answers) this.lastKnown = { at, partitions, persisting };
    return {
      ...{
        at,
        verdict: verdictOf(status.problems),
        namespace: options.namespace,
        module: options.name,
      },
      ...{ version: VERSION, timeZone: options.windows.timeZone, process: this.process },
      rates: { acknowledged: this.acknowledged.list(), refused: this.refused.list() },
      isEmbedded,
      quotas: quotas.length,
      status,
      lastKnown: answers ? undefined : this.lastKnown,
    };
  }

  events(): Promise<EventsAnswer> {
    return Promise.resolve({ process: this.process, events: this.told.list() });
  }

  /** Read once for all dashboards of a module. */
  private status(): Promise<CounterStatus> {
    const { counters } = this.sources;
    const reads = statuses.get(counters) ?? new SharedReads();
    statuses.set(counters, reads);
    return reads.read('status', () => counters.status());
  }

  private countRefused({ refused }: Pick<CounterStatus, 'refused'>): void {
    const all = Object.values(refused).reduce((sum, callers) => sum + callers, 0);
    this.refused.add(all - this.refusedBefore);
    this.refusedBefore = all;
  }
}
