import type { CounterCache, SharedSettings } from '../../cache/counter-cache.js';
import { type FastCounterError } from '../../errors.js';
import { QueueCountMismatchError, TimeZoneMismatchError } from '../../mismatch-errors.js';

/** Whether the options of this process are those of the other processes of its namespace. */
export class SettingsCheck {
  constructor(
    private readonly cache: Pick<CounterCache, 'look'>,
    private readonly namespace: string,
    private readonly own: SharedSettings,
  ) {}

  /**
   * Rejects when the namespace was started with other settings. Partition 0 exists for every number of
   * queues: it is set up first, and remembers them.
   */
  async check(): Promise<void> {
    const { settings } = await this.cache.look(0, []);
    if (settings !== undefined) await this.expect(settings);
  }

  /** Rejects unless these settings of a partition are those of this process. Without settings, it asks partition 0. */
  async expect(settings: SharedSettings | undefined): Promise<void> {
    // a partition that was not set up may be one that the namespace does not have
    if (settings === undefined) await this.check();
    else if (this.differ(settings)) throw this.mismatch(settings);
  }

  /** The error for a process that must not count, as the others have these settings. */
  mismatch({ queues, timeZone }: SharedSettings): FastCounterError {
    const { namespace, own } = this;
    if (queues !== own.queues) {
      return new QueueCountMismatchError(
        `Option "queue.count" is ${own.queues}, but namespace "${namespace}" counts on ${queues} queues, ` +
          `and counters would change their queue. ${howToChange('queue.count', queues, namespace)}`,
      );
    }
    return new TimeZoneMismatchError(
      `Option "windows.timeZone" is ${own.timeZone}, but namespace "${namespace}" counts in ${timeZone}, ` +
        `where windows begin at other times. ${howToChange('windows.timeZone', timeZone, namespace)}`,
    );
  }

  private differ({ queues, timeZone }: SharedSettings): boolean {
    return queues !== this.own.queues || timeZone !== this.own.timeZone;
  }
}

const howToChange = (option: string, before: string | number, namespace: string): string =>
  `To change it: stop every process but one with ${option} ${before}, call flush() there and stop it, ` +
  `delete the Redis keys "fastcounter:{${namespace}:*", then start with the new value`;
