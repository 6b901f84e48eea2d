import { FastCounterError } from '../../errors.js';
import { table } from '../output/table.js';
import { reasonOf } from '../../words/quote.js';
import type { Verb } from '../verb.js';

/** As many as `getCounts()` takes. */
const MOST = 100_000;

export const get: Verb = {
  name: 'get',
  takes: 'NAME…',
  operands: { least: 1, most: MOST },
  does: 'Tell totals, with what is pending.',
  teaches: [
    'A counter that was never counted is 0. Exit status 2: a total could not be read.',
    'Of counts of the embedded mode (no --redis) it tells what is persisted: what is pending is in the memory of the application.',
  ],
  options: {},
  examples: ['get views:42', 'get views:42 likes:42 --json'],
  embedded: true,
  async run({ connect, operands }) {
    const { observer } = await connect();
    const totals = await observer.counters.getCounts(operands, { bigint: true, settled: true });
    const errors = totals.filter((total) => total instanceof FastCounterError);
    if (errors.length === operands.length) throw errors[0] as FastCounterError;
    const data = operands.map((name, place) => {
      const total = totals[place];
      return typeof total === 'bigint' ? { name, value: total } : { name, error: reasonOf(total) };
    });
    const rows = data.map((it) => [it.name, 'value' in it ? String(it.value) : it.error]);
    return { data, text: table(['name', 'total'], rows), exit: errors.length > 0 ? 2 : 0 };
  },
};
