import type { Parameters, Task } from './subject.js';
import type { SubjectName } from './subjects/index.js';

/** One who takes part. */
export interface Contestant {
  label: string;
  subject: SubjectName;
  parameters?: Parameters;
  task?: Partial<Task>;
  /** So many processes do the task at the same time; their rates are added. */
  processes?: number;
  needs?: 'mariadb';
  nodeOptions?: readonly string[];
  /** What its processes run, unless it is the bench itself. */
  program?: string;
}

/** What was measured of one contestant: a value a round, by name. */
export type Metrics = Readonly<Record<string, readonly number[]>>;

/** What was measured, by the contestant's label. */
export interface Measurements {
  /** The values of all rounds; none where the contestant or the metric is missing. */
  of: (label: string, metric?: string) => readonly number[];
}

/** A line of the table of targets. */
export interface Target {
  text: string;
  /** A value a round. */
  value: (measured: Measurements) => readonly number[];
  /** Neither: nothing that has to be met. */
  atLeast?: number;
  atMost?: number;
  /** The bound on a slow machine (`--slow`), where it is another one. */
  slow?: number;
  unit?: string;
}

/** A bar chart: a metric of all contestants. */
export interface Plot {
  title: string;
  metric: string;
  unit: string;
  logarithmic?: boolean;
}

export interface Question {
  /** As in `npm run bench -- <name>`. */
  name: string;
  title: string;
  contestants: readonly Contestant[];
  task: Task;
  /** Not asked with `--slow`, unless by name: so much is started, or counted, that a part of a processor measures waiting alone. */
  tooMuchForSlow?: true;
  /** Columns of its table; metrics with digits and unit. */
  columns: readonly Column[];
  targets?: readonly Target[];
  /** Further metrics, by label, from those that were measured. */
  derived?: (measured: Measurements) => ReadonlyMap<string, Metrics>;
  plot?: Plot;
  /** A new process for every round: what is measured happens once in a process. */
  fresh?: boolean;
  /** No more rounds than that, whatever is asked for: one of them takes long. */
  rounds?: number;
}

export interface Column {
  metric: string;
  title: string;
}

/** The rate, latencies and what a million operations cost, for those who count. */
export const COUNTING_COLUMNS: readonly Column[] = [
  { metric: 'rate', title: 'per second' },
  { metric: 'p50', title: 'p50 ms' },
  { metric: 'p99', title: 'p99 ms' },
  { metric: 'clientTime', title: 'client µs' },
  { metric: 'redisTime', title: 'Redis µs' },
  { metric: 'databaseTime', title: 'database µs' },
];

/** Without the contestants that no target is about. */
export function forTargets(question: Question): Question {
  const asked = new Set<string>();
  const of = (label: string): readonly number[] => {
    asked.add(label);
    return [];
  };
  for (const { value } of question.targets ?? []) value({ of });
  return { ...question, contestants: question.contestants.filter(({ label }) => asked.has(label)) };
}
