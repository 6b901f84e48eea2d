import { PROBLEM_TABLE } from './problem-table.js';
import type { Facts, Problem, ProblemCode } from './problems.js';

/** Finds problems in facts, and remembers when each was first seen. */
export class ProblemList {
  private readonly seen = new Map<ProblemCode, Date>();

  /** The problems, the worst first. */
  of(facts: Facts): Problem[] {
    const problems: Problem[] = [];
    for (const [code, { severity, find }] of PROBLEM_TABLE) {
      const found = find(facts);
      if (found === undefined) {
        this.seen.delete(code);
        continue;
      }
      const { since = this.seen.get(code) ?? new Date(), text, next } = found;
      this.seen.set(code, since);
      problems.push({ code, severity, since, text, next });
    }
    const rank = ({ severity }: Problem): number => (severity === 'high' ? 0 : 1);
    return problems.toSorted((one, other) => rank(one) - rank(other));
  }
}
