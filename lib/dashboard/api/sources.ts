import type { CounterService } from '../../counting/counter.service.js';
import type { CounterEvents } from '../../events.js';
import type { MeteringService } from '../../metering/service/metering.service.js';
import type { ResolvedOptions } from '../../module/options/resolve-options.js';
import type { ParkedCounts } from '../../operating/parked-counts.js';
import type { Calendar } from '../../windows/calendar.js';
import type { DashboardQuota } from '../dashboard-quotas.js';

/** What the page shows, and by whom it is counted. */
export interface Sources {
  counters: CounterService;
  metering: MeteringService;
  parked: ParkedCounts;
  events: CounterEvents;
  options: Pick<ResolvedOptions, 'namespace' | 'windows' | 'name'>;
  /** Of the windows, in the time zone that is configured. */
  calendar: Calendar;
  quotas: readonly DashboardQuota[];
  /** Whether counts wait in the memory of this process, and there is no Redis. */
  isEmbedded: boolean;
}
