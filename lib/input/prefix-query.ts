import { checkBigInt, readOptions } from '../words/read-options.js';
import type { BigIntAnswer, PrefixOptions } from './counter.types.js';
import { checkPrefix } from './list-query.js';

const OF_COUNT: ReadonlySet<keyof PrefixOptions> = new Set(['prefix']);
const OF_SUM: ReadonlySet<keyof PrefixOptions | 'bigint'> = new Set(['prefix', 'bigint']);

/** Checks the options of `count()`, and answers the prefix. */
export function countedPrefix(options: unknown): string {
  const { prefix } = readOptions<PrefixOptions>(options, OF_COUNT, 'count()');
  checkPrefix(prefix);
  return prefix ?? '';
}

/** Checks the options of `sum()`. */
export function summedPrefix(options: unknown): { prefix: string; bigint: boolean } {
  const given = readOptions<PrefixOptions & Partial<BigIntAnswer>>(options, OF_SUM, 'sum()');
  const { prefix } = given;
  checkPrefix(prefix);
  return { prefix: prefix ?? '', bigint: checkBigInt(given.bigint) };
}
