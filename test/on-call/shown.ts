import { setTimeout as sleep } from 'node:timers/promises';
import type { ProblemCode, CounterStatus } from '../../lib/index.js';
import { asked } from '../cli/command.js';
import type { Operated } from './operated.js';

/** What the checks of health say: `up`, or `down`, with the codes. */
export type Health = Record<'counting' | 'persisting' | 'intact', string>;

/** What the surfaces show that ask the application: each must say the same. */
export interface Shown {
  status: string[];
  dashboard: string[];
  metrics: string[];
  /** What the metric `fastcounter_up` has at 0. */
  fails: string[];
  health: Health;
}

interface Found {
  problems: { code: string }[];
  verdict: string;
}

const codesOf = ({ problems }: Pick<CounterStatus, 'problems'>): string[] =>
  problems.map(({ code }) => code).sort();

export async function shown(operated: Operated): Promise<Shown> {
  const { counters, metrics, url } = operated;
  const [status, overview, text, health] = await Promise.all([
    counters.status(),
    json<{ verdict: string; status: Found }>(`${url}/dashboard/api/overview`),
    metrics.metrics(),
    json<{ details: Record<string, { status: string; codes: string[] }> }>(`${url}/health`),
  ]);
  return {
    status: codesOf(status),
    dashboard: [overview.verdict, ...overview.status.problems.map(({ code }) => code).sort()],
    metrics: labelled(text, 'problems', 'code', '1'),
    fails: labelled(text, 'up', 'of', '0'),
    health: Object.fromEntries(
      Object.entries(health.details).map(([key, check]) => [
        key,
        [check.status, ...check.codes.toSorted()].join(' '),
      ]),
    ) as Health,
  };
}

async function json<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url);
  return (await response.json()) as Answer;
}

/** The values of a label of a metric that has this value. */
function labelled(text: string, name: string, label: string, value: string): string[] {
  const line = new RegExp(`^fastcounter_${name}\\{.*?\\b${label}="([^"]+)".*\\} ${value}$`, 'gm');
  return Array.from(text.matchAll(line), ([, found = '']) => found).sort();
}

/** What `fastcounter status` says, as a process: its exit status, and the codes. */
export async function fromOutside({ place }: Operated): Promise<(string | number | null)[]> {
  const { status, data, out, error } = await asked(place, ['status']);
  if (data === undefined) throw new Error(`fastcounter status printed nothing: ${out}${error}`);
  return [status, ...(data as Found).problems.map(({ code }) => code).sort()];
}

const CODE = /^(FC-[A-Z-]+) /;

/** What callers were told: no problem of its own, but what a problem brings. */
const OF_CALLERS = /rejected with OutcomeUnknownError|A call was rejected/;

/** The codes of lines that warn, since then; whole lines that have none, but for those about callers. */
export function warned({ log }: Operated, from: number): string[] {
  const lines = log.slice(from).filter(({ level }) => level !== 'log');
  const told = lines.map(({ text }) => CODE.exec(text)?.[1] ?? text);
  return [...new Set(told.filter((it) => !OF_CALLERS.test(it)))].sort();
}

/** Codes of which a line warned, and none has said since that it is over. */
export function unended({ log }: Operated, from: number): string[] {
  const open = new Set<string>();
  for (const { level, text } of log.slice(from)) {
    const code = CODE.exec(text)?.[1];
    if (code === undefined) continue;
    if (level === 'log') open.delete(code);
    else open.add(code);
  }
  return [...open].sort();
}

/** Looks at the status all the time, and remembers each problem that was there, with its texts. */
export class Witness {
  readonly texts = new Map<string, string>();
  private stopped = false;
  private readonly looking: Promise<void>;

  constructor(operated: Operated) {
    this.looking = this.look(operated);
  }

  get codes(): ProblemCode[] {
    return [...this.texts.keys()].sort() as ProblemCode[];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.looking;
  }

  private async look({ counters }: Operated): Promise<void> {
    while (!this.stopped) {
      const { problems } = await counters.status();
      for (const { code, text } of problems) this.texts.set(code, text);
      await sleep(100);
    }
  }
}
