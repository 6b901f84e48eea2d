import type { MemberSample } from './deployment.js';
import type { JobSample } from './job-watch.js';
import { MEMBER_MEASURES, type MemberMeasure, RATES, SERVER_LEVELS } from './measures.js';
import type { Sample, SoakRecord, SoakSettings } from './run.js';

/** A measure in the first window and in the last. */
export interface Row {
  measure: string;
  first: number;
  last: number;
}

export interface Verdict {
  rows: Row[];
  /** What grew, in words; nothing when the load was steady. */
  grown: string[];
  /** Calls that were rejected, by error code. */
  failed: Record<string, number>;
}

/** By what a measure may be multiplied, as noise. */
export interface Tolerance {
  /** Commands and statements. */
  rates: number;
  /** Memory and keys. */
  levels: number;
}

/** So many jobs of a queue may wait or be delayed, at any time. */
const MOST_JOBS = 2;

/** Compares the window at the end of a run with the one at its beginning. */
export function judge(record: SoakRecord, settings: SoakSettings, tolerance: Tolerance): Verdict {
  const [first, last] = windowsOf(record.samples, settings.window);
  const jobs = judgeJobs(record.jobs, settings);
  const judged = [
    jobs,
    judgeRates(first, last, tolerance.rates),
    judgeServers(first, last, tolerance.levels),
    ...MEMBER_MEASURES.map((measure) => judgeMembers(measure, first, last, tolerance.levels)),
  ];
  return {
    rows: judged.flatMap(({ rows }) => rows),
    grown: [...judged.flatMap(({ grown }) => grown), ...judgeLeft(record.left)],
    failed: failuresOf(record.samples.at(-1)?.members ?? []),
  };
}

type Judged = Pick<Verdict, 'rows' | 'grown'>;

function windowsOf(samples: readonly Sample[], window: number): [Sample[], Sample[]] {
  const begin = samples[0]?.at ?? 0;
  const end = samples.at(-1)?.at ?? 0;
  return [
    samples.filter(({ at }) => at <= begin + window),
    samples.filter(({ at }) => at >= end - window),
  ];
}

function judgeJobs(samples: readonly JobSample[], settings: SoakSettings): Judged {
  const { warmUp, window, milliseconds } = settings;
  const first = samples.filter(({ at }) => at >= warmUp && at <= warmUp + window);
  const last = samples.filter(({ at }) => at >= milliseconds - window);
  const most = (some: readonly JobSample[], kind: 'waiting' | 'active'): number =>
    Math.max(...some.map((sample) => sample[kind]));
  const worst = samples.reduce((one, other) => (other.waiting > one.waiting ? other : one));
  const measure = 'jobs of a queue that wait or are delayed, at most';
  return {
    rows: [
      { measure, first: most(first, 'waiting'), last: most(last, 'waiting') },
      {
        measure: 'jobs of a queue under way, at most',
        first: most(first, 'active'),
        last: most(last, 'active'),
      },
    ],
    grown:
      worst.waiting > MOST_JOBS
        ? [`${measure}: ${worst.waiting} in ${worst.queue}, ${MOST_JOBS} may be`]
        : [],
  };
}

function judgeLeft([example, ...others]: readonly string[]): string[] {
  return example === undefined
    ? []
    : [`jobs that nobody takes nor removes: ${example} and ${others.length} more`];
}

/**
 * What grew by the second and by the call. A machine that is slower in the first window makes fewer calls a
 * second there, and persists more of them together: by so much more the last window may have.
 */
function judgeRates(first: Sample[], last: Sample[], tolerance: number): Judged {
  const calls = { first: callsOf(first), last: callsOf(last) };
  const seconds = { first: secondsOf(first), last: secondsOf(last) };
  const rows = [
    {
      measure: 'calls a second',
      first: calls.first / seconds.first,
      last: calls.last / seconds.last,
    },
  ];
  const faster = Math.max(1, calls.last / seconds.last / (calls.first / seconds.first));
  const grown: string[] = [];
  for (const { measure, of } of RATES) {
    const amount = { first: increase(first.map(of)), last: increase(last.map(of)) };
    const row = {
      measure: `${measure} a second`,
      first: amount.first / seconds.first,
      last: amount.last / seconds.last,
    };
    rows.push(row);
    const byCall = amount.last / calls.last / (amount.first / calls.first);
    const growth = Math.min(row.last / row.first, byCall);
    if (growth > tolerance * faster) grown.push(`${measure}: ${growth.toFixed(2)} times as many`);
  }
  return { rows, grown };
}

function judgeServers(first: Sample[], last: Sample[], tolerance: number): Judged {
  const rows = SERVER_LEVELS.map(({ measure, of }) => ({
    measure,
    first: median(first.map(of)),
    last: median(last.map(of)),
  }));
  const grown = SERVER_LEVELS.flatMap(({ slack }, index) => {
    const row = rows[index];
    return row && row.last > row.first * tolerance + slack ? [grownFrom(row)] : [];
  });
  return { rows, grown };
}

/** Each process by itself; the row has their mean. */
function judgeMembers(
  { measure, of, slack, isEqual }: MemberMeasure,
  first: Sample[],
  last: Sample[],
  tolerance: number,
): Judged {
  const names = (first[0]?.members ?? []).map(({ member }) => member);
  // what comes and goes is left out by the least of a window
  const least = (samples: Sample[], index: number): number =>
    Math.min(...samples.flatMap(({ members }) => members.slice(index, index + 1).map(of)));
  const rows = names.map((name, index) => ({
    measure: `${measure}, ${name}`,
    first: least(first, index),
    last: least(last, index),
  }));
  const mean = (end: 'first' | 'last'): number =>
    rows.reduce((sum, row) => sum + row[end], 0) / rows.length;
  return {
    rows: [{ measure: `${measure} of a process`, first: mean('first'), last: mean('last') }],
    grown: rows
      .filter((row) => row.last > row.first * (isEqual === true ? 1 : tolerance) + slack)
      .map(grownFrom),
  };
}

function failuresOf(members: readonly MemberSample[]): Record<string, number> {
  const failed: Record<string, number> = {};
  for (const { load } of members) {
    for (const [code, number] of Object.entries(load.failed)) {
      failed[code] = (failed[code] ?? 0) + number;
    }
  }
  return failed;
}

const grownFrom = ({ measure, first, last }: Row): string =>
  `${measure}: from ${first.toFixed(1)} to ${last.toFixed(1)}`;

const increase = (values: number[]): number => (values.at(-1) ?? NaN) - (values[0] ?? NaN);

const secondsOf = (samples: Sample[]): number => increase(samples.map(({ at }) => at)) / 1000;

const callsOf = (samples: Sample[]): number =>
  increase(samples.map(({ members }) => members.reduce((sum, { load }) => sum + load.calls, 0)));

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
