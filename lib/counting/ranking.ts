import { answer } from '../input/answer.js';
import type { CountingParts } from './counting-parts.js';
import { checkTopRange, type TopRange } from './top-range.js';

/** The counters with a prefix that counted the most. */
export class Ranking {
  constructor(private readonly parts: Pick<CountingParts, 'top' | 'calendar'>) {}

  /** Answers `bigint`s where `bigint` is true, else numbers. */
  async top({
    prefix,
    bigint,
    ...query
  }: TopRange & { prefix: string; bigint: boolean }): Promise<
    { name: string; value: number | bigint }[]
  > {
    const asked = checkTopRange(query, this.parts.calendar);
    const rows = await this.parts.top.read({ prefix, ...asked });
    return rows.map(({ name, value }) => ({ name, value: answer(name, value, bigint) }));
  }
}
