import type { Summary } from '../measure/statistics.js';
import type { Column } from '../question.js';
import { readable } from './numbers.js';
import type { QuestionResult, TargetResult } from './result.js';

/** Cells by line, the titles first. */
export type Table = readonly (readonly string[])[];

/** The columns and contestants that have a value: medians, and the spread of the first column. */
export function contestantsTable(
  { contestants }: QuestionResult,
  columns: readonly Column[],
): Table {
  const hasValue = (metrics: Record<string, Summary>, { metric }: Column): boolean =>
    Number.isFinite(metrics[metric]?.median);
  const all = Object.entries(contestants).filter(([, metrics]) =>
    columns.some((column) => hasValue(metrics, column)),
  );
  const shown = columns.filter((column) => all.some(([, metrics]) => hasValue(metrics, column)));
  const [main] = shown;
  const lines = all.map(([label, metrics]) => {
    const values = shown.map(({ metric }) => readable(metrics[metric]?.median ?? NaN));
    const spread = main && metrics[main.metric];
    const range = spread ? `${readable(spread.min)} … ${readable(spread.max)}` : '';
    return [label, values[0] ?? '', range, ...values.slice(1)];
  });
  const [first = '', ...rest] = shown.map(({ title }) => title);
  return [['', first, 'spread', ...rest], ...lines];
}

export function targetsTable(targets: readonly TargetResult[]): Table {
  const lines = targets.map((target) => [
    target.text,
    target.target,
    `${readable(target.median)} ${target.unit}`,
    `${readable(target.min)} … ${readable(target.max)}`,
    verdict(target),
  ]);
  return [['question', 'target', 'measured', 'spread', 'met'], ...lines];
}

function verdict({ median, met, atLeast, atMost }: TargetResult): string {
  if (!Number.isFinite(median)) return 'not measured';
  if ((atLeast ?? atMost) === undefined) return '–';
  return met ? 'yes' : '**no**';
}

/** In columns, for a terminal. */
export function toText(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((line) => line.map(pad).join('  ')).join('\n');
}

export function toMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [titles = [], ...lines] = table;
  const rule = titles.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(titles), line(rule), ...lines.map(line)].join('\n');
}
