import type { SeenProcess } from '../../cache/processes.js';
import { PROBLEM_TABLE } from '../../operating/problem-table.js';
import type { Problem } from '../../operating/problems.js';
import { isOwn, isPast } from '../../operating/status/own-problems.js';
import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import { printable } from '../../words/quote.js';
import { plural } from '../output/table.js';

interface Told {
  since: number;
  text: string;
  next: string;
  by: string[];
}

/** The problems, with those that processes tell of and nobody finds from outside; the worst first. */
export function withTold(
  problems: readonly Problem[],
  processes: readonly SeenProcess[],
): readonly Problem[] {
  const told = toldBy(processes);
  const found = PROBLEM_TABLE.flatMap(([code, { severity }]): Problem[] => {
    const own = problems.find((problem) => problem.code === code);
    if (own !== undefined) return [own];
    const it = told.get(code);
    if (it === undefined) return [];
    const text = `${printable(it.text)} (told by ${teller(it.by)})`;
    return [{ code, severity, since: new Date(it.since), text, next: printable(it.next) }];
  });
  const high = found.filter(({ severity }) => severity === 'high');
  return [...high, ...found.filter(({ severity }) => severity !== 'high')];
}

/** Callers who got an error, of all processes that run. */
export function refusedBy(processes: readonly SeenProcess[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { told } of processes.filter(isFresh)) {
    for (const [code, callers] of Object.entries(told?.refused ?? {})) {
      sums[code] = (sums[code] ?? 0) + callers;
    }
  }
  return sums;
}

function toldBy(processes: readonly SeenProcess[]): ReadonlyMap<string, Told> {
  const all = new Map<string, Told>();
  for (const process of processes) {
    for (const problem of process.told?.problems ?? []) {
      if (!isOwn(problem) || !(isPast(problem) || isFresh(process))) continue;
      const { code, since, text, next } = problem;
      const known = all.get(code);
      const by = [...(known?.by ?? []), `${process.host}:${process.pid}`];
      all.set(code, known && known.since <= since ? { ...known, by } : { since, text, next, by });
    }
  }
  return all;
}

const isFresh = ({ age }: SeenProcess): boolean => age < PATIENCE;

const teller = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0
    ? first
    : `${first} and ${plural(others.length, 'other process').replace('processs', 'processes')}`;
