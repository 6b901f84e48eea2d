import type { ListedCounter } from '../../input/counter.types.js';
import { numberOf, textOf } from '../arguments.js';
import { table } from '../output/table.js';
import type { Verb } from '../verb.js';

/** Rows of a statement at most. */
const PAGE = 10_000;

export const list: Verb = {
  name: 'list',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List counters as the database has them, without what is pending.',
  teaches: [
    'By name, or with --order value the highest first. More than 10,000 are read page by page, and how many were read so far is told on ' +
      'standard error.',
  ],
  options: {
    prefix: { value: 'TEXT', does: 'only names that begin with this' },
    order: { value: 'BY', does: 'name or value; default: name' },
    limit: { value: 'N', does: 'how many; default: 100' },
  },
  examples: ['list --prefix views:', 'list --order value --limit 20 --json'],
  embedded: true,
  async run({ connect, options, progress }) {
    const { observer } = await connect();
    const limit = numberOf(options, 'limit') ?? 100;
    const query = { prefix: textOf(options, 'prefix'), order: textOf(options, 'order') as 'name' };
    const found: ListedCounter<bigint>[] = [];
    while (found.length < limit) {
      const size = Math.min(PAGE, limit - found.length);
      const after = found.at(-1);
      const page = await observer.counters.list({ ...query, limit: size, after, bigint: true });
      for (const counter of page) found.push(counter);
      if (page.length < size) break;
      if (found.length < limit) progress(`${found.length} counters read`);
    }
    const rows = found.map(({ name, value, updatedAt }) => [
      ...[name, String(value), updatedAt.toISOString()],
    ]);
    return { data: found, text: table(['name', 'persisted', 'written'], rows), exit: 0 };
  },
};
