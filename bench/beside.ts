import { join } from 'node:path';
import { commit } from './machine.js';
import type { Contestant, Question, Target } from './question.js';
import { ratio } from './questions/peers.js';
import { OURS } from './subjects/ours.js';

const METRICS = [
  ['rate', 'rate'],
  ['p50', 'latency, p50'],
  ['p99', 'latency, p99'],
  ['clientTime', 'processor time of the process'],
  ['redisTime', 'processor time of Redis'],
  ['databaseTime', 'processor time of the database'],
] as const;

/** Each contestant that is this package takes part twice: as it is here, and as it was built in another checkout. */
export function beside(question: Question, checkout: string): Question {
  const other = `of ${commit(checkout) || checkout}`;
  const program = join(process.argv[1] ?? '', '..', '..', 'beside', 'main.js');
  const ours = question.contestants.filter(({ subject }) => OURS.has(subject));
  const others = ours.map((one) => ({ ...one, label: `${one.label} ${other}`, program }));
  return {
    ...question,
    contestants: [...question.contestants, ...others],
    targets: [...(question.targets ?? []), ...ours.flatMap((one) => comparisons(one, other))],
  };
}

const comparisons = ({ label }: Contestant, other: string): Target[] =>
  METRICS.map(([metric, text]) => ({
    text: `${label}: ${text}, against that ${other}`,
    value: (measured) => ratio(measured, label, `${label} ${other}`, metric),
  }));
