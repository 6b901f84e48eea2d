import { hash } from 'node:crypto';
import { WINDOWS } from '../../words/bucket-name.js';
import type { CounterCache } from '../../cache/counter-cache.js';
import type { CounterEvents } from '../../events.js';
import type { ResolvedOptions } from '../options/resolve-options.js';

/** Milliseconds between two looks at what newer processes said. */
const INTERVAL = 600_000;
const SUBJECT = 'window rules';

type WindowRules = Pick<ResolvedOptions['windows'], 'counters' | 'retention'>;

/**
 * Tells where the processes of a namespace keep windows by other rules: what one of them counts is missing in windows that
 * another shows, or is removed early. Not refused, as a rolling deployment changes rules. A process that starts
 * compares its rules with those of the process that started before it, and leaves its own. Older processes look now and
 * then, so that each tells it once, and no more when all have the same.
 */
export class WindowRulesCheck {
  private readonly own: string;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private joined = false;

  constructor(
    private readonly cache: Pick<CounterCache, 'rules'>,
    private readonly events: CounterEvents,
    windows: WindowRules,
    private readonly interval = INTERVAL,
  ) {
    this.own = textOf(windows);
  }

  /** Leaves the own rules at the first time. Rejects where the cache is away. */
  async join(): Promise<void> {
    this.compare(await this.cache.rules(this.own, !this.joined));
    this.joined = true;
    if (!this.stopped) this.timer ??= setInterval(() => this.look(), this.interval).unref();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private look(): void {
    // without an answer the next look makes up for it
    this.cache.rules(this.own, false).then(
      (said) => this.compare(said),
      () => undefined,
    );
  }

  private compare(said: string): void {
    const { misconfigurations } = this.events;
    if (said === '' || said === this.own) {
      misconfigurations.mended(SUBJECT);
      return;
    }
    const [counters] = said.split(' ');
    const option = this.own.startsWith(`${counters ?? ''} `)
      ? 'windows.retention'
      : 'windows.counters';
    misconfigurations.tell(
      SUBJECT,
      `Option "${option}" is another one in this process than in the one of its namespace that started before or after it: ` +
        'windows that one of them keeps the other leaves out, or removes. Give all processes the same; in a rolling deployment ' +
        'that changes it, this ends with the last of the older processes',
    );
  }
}

/** Equal for rules that do the same, in whatever order they are written. */
function textOf({ counters, retention }: WindowRules): string {
  const rules: [prefix: string, windows: string][] = [];
  for (const { prefix, windows } of counters) {
    // the first that fits holds: one behind it that is about some of the same counters never does
    if (rules.some(([before]) => prefix.startsWith(before))) continue;
    rules.push([prefix, WINDOWS.filter((window) => windows.includes(window)).join()]);
  }
  rules.sort(([one], [other]) => (one < other ? -1 : 1));
  const kept = WINDOWS.map((window) => retention[window]);
  return [rules, kept]
    .map((part) => hash('sha256', JSON.stringify(part), 'base64url').slice(0, 22))
    .join(' ');
}
