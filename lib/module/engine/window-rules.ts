import { hash } from 'node:crypto';
import { WINDOWS } from '../../words/bucket-name.js';
import { Repeating } from '../../words/repeating.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import type { ResolvedOptions } from '../options/resolve-options.js';

/** Milliseconds between two times that a process says its rules: two of them fit into the time for which they are known. */
const INTERVAL = 30_000;
/** Rules that nobody said for so many milliseconds nobody has any more. */
const REMEMBERED = 75_000;
const SUBJECT = 'window rules';

type WindowRules = Pick<ResolvedOptions['windows'], 'counters' | 'retention'>;

/**
 * Tells where processes of a namespace keep windows by other rules: what one of them counts is missing in windows that
 * another shows, or is removed early. Not refused, as a rolling deployment changes rules. Each process says its rules again
 * and again, and tells of others only where they were said since this one did so first: then both run. A process that was
 * started anew with other rules disagrees with nobody.
 */
export class WindowRulesCheck {
  private readonly own: string;
  /** Says the own rules again. */
  private readonly saying: Repeating;
  /** When this process had said its rules. */
  private joinedAt?: number;
  /** Whether the last time failed: then others may not have said theirs either. */
  private missed = false;

  constructor(
    private readonly cache: Pick<CounterCache, 'rules'>,
    private readonly events: CounterEvents,
    windows: WindowRules,
    interval = INTERVAL,
    private readonly remembered = REMEMBERED,
  ) {
    this.own = textOf(windows);
    this.saying = new Repeating(
      () => this.sayAgain(),
      () => interval,
    );
  }

  /** Says the own rules from now on. Rejects where the cache is away. */
  async join(): Promise<void> {
    const isFirst = this.joinedAt === undefined;
    await this.say();
    if (isFirst) this.saying.startLater();
  }

  stop(): void {
    void this.saying.stop();
  }

  /** Never rejects. */
  private async sayAgain(): Promise<void> {
    this.missed = await this.say().then(
      () => false,
      () => true,
    );
  }

  private async say(): Promise<void> {
    const asked = performance.now();
    const others = await this.cache.rules(this.own, this.remembered);
    this.joinedAt ??= performance.now();
    const { joinedAt } = this;
    // an age is in whole milliseconds
    const since = others.filter(({ age }) => age + 1 < asked - joinedAt);
    if (!this.saying.stopped) this.compare(since.map(({ said }) => said));
  }

  private compare([other]: readonly string[]): void {
    const { misconfigurations } = this.events;
    if (other === undefined) {
      if (!this.missed) misconfigurations.mended(SUBJECT);
      return;
    }
    const [counters = ''] = other.split(' ');
    const option = this.own.startsWith(`${counters} `) ? 'windows.retention' : 'windows.counters';
    misconfigurations.tell(
      SUBJECT,
      `Option "${option}" differs between this process and another one of its namespace: a window that one of them keeps, ` +
        'the other leaves out or removes. Give all processes the same value. In a rolling deployment that changes it, this ' +
        'ends within two minutes after the last older process has ended',
    );
  }
}

/** Equal for rules that do the same, in whatever order they are written. */
function textOf({ counters, retention }: WindowRules): string {
  const rules: [prefix: string, windows: string][] = [];
  for (const { prefix, windows } of counters) {
    // the first rule that fits a counter holds: a rule never holds where one before it fits all of its counters
    if (rules.some(([before]) => prefix.startsWith(before))) continue;
    rules.push([prefix, WINDOWS.filter((window) => windows.includes(window)).join()]);
  }
  // without a rule, the next one that fits all of its counters would hold for them: the same windows there make no difference
  const telling = rules.filter(([prefix, windows], place) => {
    const next = rules.slice(place + 1).find(([behind]) => prefix.startsWith(behind));
    return windows !== (next?.[1] ?? '');
  });
  telling.sort(([one], [other]) => (one < other ? -1 : 1));
  const kept = WINDOWS.map((window) => retention[window]);
  return [telling, kept]
    .map((part) => hash('sha256', JSON.stringify(part), 'base64url').slice(0, 22))
    .join(' ');
}
