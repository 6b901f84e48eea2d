import { numberOf, textOf } from '../arguments.js';
import type { RefusedRow } from '../../database/outbox/outbox.js';
import type { Verb } from '../verb.js';
import { asData, refusedRows, shown } from './rows.js';

export const outbox: Verb = {
  name: 'outbox',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List increments of transactions that are not counted, with the reason.',
  teaches: [
    'Each is a row of fast_counter_outbox: nobody knows whether it was counted, or it never can be. The oldest come first. Rows that are merely waiting ' +
      'to be counted are not listed.',
    'Then compare the counter, and have the row counted by "fastcounter outbox count", or drop it by "fastcounter outbox discard".',
    'Exit status 1: there are such rows.',
  ],
  options: {
    limit: { value: 'N', does: 'how many; default: 100' },
    after: { value: 'ID', does: 'only rows behind this one: the next page' },
  },
  examples: ['outbox', 'outbox --limit 1000 --json'],
  embedded: true,
  async run({ connect, options }) {
    const limit = numberOf(options, 'limit') ?? 100;
    const { observer } = await connect();
    const rows: RefusedRow[] = [];
    let isMore = false;
    if (await observer.ports.store.outbox.exists()) {
      for await (const row of refusedRows(observer, textOf(options, 'after'))) {
        isMore = rows.length === limit;
        if (isMore) break;
        rows.push(row);
      }
    }
    if (rows.length === 0) {
      return {
        data: [],
        text: ['No row waits for an operator. This is the normal state'],
        exit: 0,
      };
    }
    const next = `There are more: repeat with --after ${rows.at(-1)?.id ?? ''}`;
    return { data: rows.map(asData), text: isMore ? [...shown(rows), next] : shown(rows), exit: 1 };
  },
};
