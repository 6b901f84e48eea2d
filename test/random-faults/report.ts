import { cpus, totalmem } from 'node:os';
import type { RunReport, RunSettings } from './run.js';

const SHOWN = 30;
const GIB = 2 ** 30;

export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / GIB);
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${memory} GiB, ${process.platform}`;
}

/** Everything, as it goes into a JSON file. */
export function toJson(settings: RunSettings, report: RunReport): string {
  const { seed, pause, times, gap } = settings;
  const all = { seed, pause, times, gap, machine: machine(), node: process.version, ...report };
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return `${JSON.stringify(all, plain, 2)}\n`;
}

export function toText({ seed }: RunSettings, report: RunReport): string {
  const { acknowledged, unknown, refused, seconds, drained, violations } = report;
  const kinds = Object.entries(report.faults).sort(([one], [other]) => one.localeCompare(other));
  const faults = kinds.reduce((sum, [, count]) => sum + count, 0);
  const rate = Math.round(acknowledged / seconds);
  const lines = [
    `seed           ${seed}`,
    `machine        ${machine()}`,
    `versions       node ${process.version}, Redis ${report.redisVersion}, PostgreSQL ${report.postgresVersion}`,
    `duration       ${seconds.toFixed(1)} s`,
    `acknowledged   ${acknowledged} increments  (${rate} a second)`,
    `unknown        ${unknown} increments`,
    `refused        ${refused} increments`,
    `counters       ${report.counters}, of them ${report.exactCounters} without an unknown outcome`,
    `counted        ${report.counted}, between ${report.low} and ${report.high}`,
    `drift          ${report.drift}`,
    `booked         ${report.booked}, by transactions`,
    `reads          ${report.reads}`,
    `drained        in ${drained.milliseconds} ms`,
    `process starts ${report.lives}`,
    `failures       ${JSON.stringify(report.failed)}`,
    `faults         ${faults}, and ${report.missed.length} that could not happen`,
    ...kinds.map(([kind, count]) => `  ${String(count).padStart(6)}  ${kind}`),
    `violations     ${violations.length}`,
    ...violations.slice(0, SHOWN).map((text) => `  ${text}`),
    `bad shutdowns  ${report.badShutdowns.length}`,
    ...report.badShutdowns.slice(0, SHOWN).map((text) => `  ${text}`),
  ];
  return lines.join('\n');
}
