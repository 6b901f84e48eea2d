import { readable } from './numbers.js';
import type { Result } from './result.js';

/** What the first page says, each against an awaited INCRBY of the same run: words, question, and the target's text. */
const FIRST = [
  ['Rate on one counter, 1,000 awaiting callers', 'incr', /^hot counter, .*against awaited INCRBY/],
  ['… 64 callers', 'callers', /one hot counter/],
  ['Rate on 10,000 counters, 1,000 awaiting callers', 'incr-many', /^10,000 zipfian .*INCRBY/],
  ['… 64 callers', 'callers', /^64 .* zipfian/],
  ['… 16 callers', 'callers', /^16 .* zipfian/],
  ['Time of one caller who awaits each increment', 'latency', /^latency at 1 caller/],
] as const;

/** A table for the first page: ratios, as absolute figures are those of one machine. */
export function ratiosTable({ questions }: Result): string {
  const rows = FIRST.map(([words, question, text]) => {
    const target = questions[question]?.targets.find((one) => text.test(one.text));
    const ratio = target === undefined ? 'not measured' : `${readable(target.median)} ×`;
    return `| ${words} | ${ratio} |`;
  });
  return ['| | against `INCRBY` |', '| --- | ---: |', ...rows].join('\n');
}
