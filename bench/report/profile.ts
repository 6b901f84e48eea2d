import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Table } from './tables.js';

/** What `--cpu-prof` writes, as far as it is used. */
interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

const SHOWN = 25;

/** The functions in which the processor was, most of all first, in percent of when it was busy. */
export function profileTable(file: string): Table {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const frame = frames.get(id) ?? '';
    if (frame === '(idle)' || frame === '(program)') return;
    const microseconds = timeDeltas[index] ?? 0;
    busy += microseconds;
    times.set(frame, (times.get(frame) ?? 0) + microseconds);
  });
  const sorted = [...times].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  const lines = sorted.map(([frame, time]) => [frame, `${((100 * time) / busy).toFixed(1)} %`]);
  return [['function', 'time'], ...lines];
}

/** Those that were written since, in milliseconds of `Date.now()`. */
export function profilesSince(directory: string, since: number): string[] {
  // CPU.<date>.<time>.<pid>.<thread>.<sequence>.cpuprofile
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cpuprofile') && writtenAt(name) >= since - 1000)
    .map((name) => join(directory, name));
}

function writtenAt(name: string): number {
  const [, date = '', time = ''] = name.split('.');
  const part = (text: string, from: number): string => text.slice(from, from + 2);
  const day = `${date.slice(0, 4)}-${part(date, 4)}-${part(date, 6)}`;
  return new Date(`${day}T${part(time, 0)}:${part(time, 2)}:${part(time, 4)}`).getTime();
}

function describe({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const path = url.replace(/^.*node_modules\//, '').replace(/^.*\/(dist|\.tmp)\//, '$1/');
  return `${name}  ${path.length > 60 ? basename(path) : path}:${lineNumber + 1}`;
}
