import { machine } from '../random-faults/report.js';
import type { SoakRecord, SoakSettings } from './run.js';
import type { Verdict } from './verdict.js';

/** Everything, as it goes into a JSON file. */
export function toJson(settings: SoakSettings, record: SoakRecord, verdict: Verdict): string {
  const all = { machine: machine(), node: process.version, settings, ...verdict, ...record };
  return `${JSON.stringify(all, null, 2)}\n`;
}

/** The table of docs/performance.md, and what was measured. */
export function toMarkdown(
  settings: SoakSettings,
  { versions }: SoakRecord,
  { rows }: Verdict,
): string {
  const { milliseconds, warmUp, window, intervals, names } = settings;
  const [start, end] = [inMinutes(warmUp), inMinutes(warmUp + window)];
  const [late, over] = [inMinutes(milliseconds - window), inMinutes(milliseconds)];
  const head = [
    'measure',
    `at the beginning: minutes ${start} to ${end}`,
    `at the end: minutes ${late} to ${over}`,
  ];
  const body = rows.map(({ measure, first, last }) => [measure, inDigits(first), inDigits(last)]);
  const processes = settings.deployments.reduce((sum, one) => sum + one.processes, 0);
  return [
    '<!-- prettier-ignore -->',
    ...[head, ['---', '---:', '---:'], ...body].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `- **Machine**: ${machine()}`,
    `- **Versions**: Node ${process.version}, Redis ${versions.redis}, PostgreSQL ${versions.postgres}`,
    `- **Run**: \`npm run soak -- --minutes ${inMinutes(milliseconds)}\`: ${settings.deployments.length} deployments, ${processes} processes, update intervals ${intervals.join(', ')} ms, ${names} random counters each, ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n');
}

export function toText({ grown, failed }: Verdict): string {
  return [
    `calls rejected ${JSON.stringify(failed)}`,
    `grown          ${grown.length}`,
    ...grown.map((text) => `  ${text}`),
  ].join('\n');
}

const inMinutes = (milliseconds: number): string =>
  String(Number((milliseconds / 60_000).toFixed(1)));

function inDigits(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toFixed(1)));
}
