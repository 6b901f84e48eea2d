import { summarize, type Summary } from '../measure/statistics.js';
import type { Machine } from '../machine.js';
import type { Measurements, Metrics, Question, Target } from '../question.js';

/** What a run answers, as it is written to its file. */
export interface Result {
  date: string;
  commit: string;
  /** What it was called with. */
  command: string;
  rounds: number;
  machine: Machine;
  versions: Record<string, string>;
  seconds: number;
  questions: Record<string, QuestionResult>;
}

export interface QuestionResult {
  title: string;
  /** By label, then by metric. */
  contestants: Record<string, Record<string, Summary>>;
  targets: TargetResult[];
  /** Of a question that was measured after the others: its run. */
  apart?: Pick<Result, 'date' | 'commit' | 'command' | 'rounds' | 'machine'>;
}

export interface TargetResult extends Omit<Summary, 'rounds'> {
  text: string;
  /** As in `≥ 15 ×`. */
  target: string;
  atLeast?: number;
  atMost?: number;
  unit: string;
  met: boolean;
}

export function evaluate(
  question: Question,
  measured: Map<string, Metrics>,
  slow = false,
): QuestionResult {
  const measurements: Measurements = {
    of: (label, metric = 'rate') => measured.get(label)?.[metric] ?? [],
  };
  const derived = question.derived?.(measurements);
  const contestants = Array.from(measured, ([label, metrics]) => {
    const all = { ...metrics, ...derived?.get(label) };
    const summaries = Object.entries(all).map(([name, rounds]) => [name, summarize(rounds)]);
    return [label, Object.fromEntries(summaries)] as [string, Record<string, Summary>];
  });
  return {
    title: question.title,
    contestants: Object.fromEntries(contestants),
    targets: (question.targets ?? []).map((target) =>
      judge(slow ? onSlow(target) : target, measurements),
    ),
  };
}

function onSlow(target: Target): Target {
  const { atLeast, atMost, slow } = target;
  if (slow === undefined) return target;
  return {
    ...target,
    atLeast: atLeast === undefined ? undefined : slow,
    atMost: atMost === undefined ? undefined : slow,
  };
}

function judge(target: Target, measurements: Measurements): TargetResult {
  const { median, min, max } = summarize(target.value(measurements));
  const { text, atLeast, atMost, unit = '×' } = target;
  const met = median >= (atLeast ?? -Infinity) && median <= (atMost ?? Infinity);
  return { text, target: boundOf(target), atLeast, atMost, unit, median, min, max, met };
}

function boundOf({ atLeast, atMost, unit = '×' }: Target): string {
  if (atLeast !== undefined) return `≥ ${atLeast} ${unit}`;
  return atMost === undefined ? '–' : `≤ ${atMost} ${unit}`;
}
