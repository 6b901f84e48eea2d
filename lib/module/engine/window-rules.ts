import { hash } from 'node:crypto';
import { WINDOWS } from '../../words/bucket-name.js';
import { Repeating } from '../../words/repeating.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { NotedRules, SeenRules } from '../../cache/processes.js';
import type { CounterEvents } from '../../events.js';
import type { ResolvedOptions } from '../options/resolve-options.js';

/** Milliseconds between two notes of the rules of a process. */
const INTERVAL = 30_000;
/** How long rules count as in use after a process noted them, in milliseconds. */
const REMEMBERED = 75_000;
const SUBJECT = 'window rules';

type WindowRules = Pick<ResolvedOptions['windows'], 'counters' | 'retention'>;

/**
 * Tells where processes of a namespace have different rules of windows: counts of one are missing in windows that the other
 * shows, or are removed early. Not refused, as a rolling deployment changes rules. Each process notes its rules again and again.
 * It tells of different rules only if a process noted them after this one began: then both run. So a process that is started
 * anew with other rules does not disagree with its former self.
 */
export class WindowRulesCheck {
  private readonly own: string;
  /** Notes the rules again and again. */
  private readonly saying: Repeating;
  /** When this process had first noted its rules. */
  private joinedAt?: number;
  /** Whether the last note failed: then those of other processes may have failed too. */
  private missed = false;
  /** When the rules were last noted by another call than one of this part. */
  private carriedAt = -Infinity;

  constructor(
    private readonly cache: Pick<CounterCache, 'rules'>,
    private readonly events: CounterEvents,
    windows: WindowRules,
    private readonly interval = INTERVAL,
    private readonly remembered = REMEMBERED,
  ) {
    this.own = textOf(windows);
    this.saying = new Repeating(
      () => this.sayAgain(),
      () => interval,
    );
  }

  /** Notes the rules of this process from now on. Rejects where the cache is away. */
  async join(): Promise<void> {
    const isFirst = this.joinedAt === undefined;
    await this.say();
    if (isFirst) this.saying.startLater();
  }

  stop(): void {
    void this.saying.stop();
  }

  /** Notes the rules by a call that is made anyway; as long as such calls come, this part makes none. Rejects as `send` does. */
  async noteBy(send: (rules: NotedRules) => Promise<SeenRules[]>): Promise<void> {
    this.carriedAt = performance.now();
    await this.remembering(this.say(send));
  }

  /** Never rejects. */
  private async sayAgain(): Promise<void> {
    if (performance.now() - this.carriedAt < this.interval) return;
    await this.remembering(this.say()).catch(() => undefined);
  }

  private async remembering(said: Promise<void>): Promise<void> {
    try {
      await said;
      this.missed = false;
    } catch (error) {
      this.missed = true;
      throw error;
    }
  }

  private async say(
    send = ({ own, remembered }: NotedRules) => this.cache.rules(own, remembered),
  ): Promise<void> {
    const asked = performance.now();
    const { own, remembered } = this;
    const others = await send({ own, remembered });
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

/** A text that is equal for rules of the same effect, in whatever order they are written. */
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
