import type { CounterCache, SharedSettings } from '../../cache/counter-cache.js';
import { type FastCounterError } from '../../errors.js';
import { QueueCountMismatchError, TimeZoneMismatchError } from '../../mismatch-errors.js';

/** Whether this process was told what the others of its namespace were told. */
export class SettingsCheck {
  constructor(
    private readonly cache: CounterCache,
    private readonly namespace: string,
    private readonly own: SharedSettings,
  ) {}

  /**
   * Rejects when the namespace was started with other settings. Partition 0 exists for every number of
   * queues: it is seeded first and remembers them.
   */
  async check(): Promise<void> {
    const { queues, timeZone } = await this.cache.sweep(0);
    if (queues === undefined || timeZone === undefined) return;
    await this.expect({ queues, timeZone });
  }

  /** Rejects what was seen of a partition that was seeded with other settings. */
  async expect(settings: SharedSettings | undefined): Promise<void> {
    // an unseeded partition may be one of too many
    if (settings === undefined) await this.check();
    else if (this.differ(settings)) throw this.mismatch(settings);
  }

  /** Why this process must not count beside those who have other settings. */
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
