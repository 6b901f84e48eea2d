import { readNamesAndValues } from '../../database/by-url/names-and-values.js';
import type { CounterDelta } from '../../input/counter.types.js';
import { textOf } from '../arguments.js';
import type { Opened } from '../observer/open.js';
import { plural, table } from '../output/table.js';
import { Refusal } from '../refusal.js';
import type { Verb } from '../verb.js';
import { expectServers, expectWorkers, NOT_MEANT } from './before-changes.js';
import { readTotals } from './read-totals.js';

type Truth = () => Promise<ReadonlyMap<string, CounterDelta>>;

export const reconcile: Verb = {
  name: 'reconcile',
  takes: '[NAME…]',
  operands: { least: 0, most: 100_000 },
  does: 'Compare counters with what they should be, and correct those that are wrong.',
  teaches: [
    'Which counters: those that are named, or all that have a row and begin with --prefix. What they should be: --query, a SELECT on the same ' +
      'database that answers the columns name and value, or --file, as import reads it. What neither names should be 0.',
    'A query is asked anew for each 500 counters, between two looks at them: an increment that comes meanwhile is never overwritten. It runs where it ' +
      'can write nothing. A file is as old ' +
      'as it is: use one only where nobody counts.',
    'Without --yes it only tells what is wrong. Exit status 1: something is wrong and not corrected.',
  ],
  options: {
    prefix: { value: 'TEXT', does: 'all counters that begin with this' },
    query: { value: 'SQL', does: 'what counters should be, by the database' },
    file: { value: 'FILE', does: 'what counters should be, by a file' },
  },
  examples: [
    `reconcile --prefix likes: --query "SELECT 'likes:' || post AS name, count(*) AS value FROM likes GROUP BY post"`,
    'reconcile stock:7 stock:8 --file stock.csv --yes',
  ],
  writes: true,
  async run({ connect, operands, options, isMeant, by, progress }) {
    const prefix = textOf(options, 'prefix');
    if ((operands.length === 0) === (prefix === undefined)) {
      throw new Refusal('"reconcile" needs either names or --prefix');
    }
    const [query, file] = [textOf(options, 'query'), textOf(options, 'file')];
    if ((query === undefined) === (file === undefined)) {
      throw new Refusal('"reconcile" needs either --query or --file');
    }
    const opened = await connect();
    if (isMeant) {
      await expectServers(opened);
      await expectWorkers(opened);
    }
    const truth = query === undefined ? await byFile(file ?? '') : byQuery(opened, query);
    let compared = 0;
    const { checked, drifted, drifts, corrected, changedMeanwhile } =
      await opened.observer.counters.reconcile({
        ...(prefix === undefined ? { names: operands } : { prefix }),
        ...{ dryRun: !isMeant, by: isMeant ? by : undefined },
        truth: async (names) => {
          compared += names.length;
          progress(`${compared} compared`);
          const all = await truth();
          return new Map(names.map((name) => [name, all.get(name) ?? 0]));
        },
      });
    const rows = drifts.map(({ name, counted, truth: should }) => [
      ...[name, String(counted), String(should)],
    ]);
    const sum = `${drifted} of ${plural(checked, 'counter')} ${drifted === 1 ? 'is' : 'are'} wrong, ${corrected} corrected`;
    const text = [...(rows.length === 0 ? [] : table(['name', 'was', 'should be'], rows)), sum];
    if (changedMeanwhile.length > 0) text.push(`${changedMeanwhile.length} changed meanwhile`);
    if (!isMeant && drifted > 0) text.push(NOT_MEANT);
    const isLeft = drifted > corrected || changedMeanwhile.length > 0;
    const data = { checked, drifted, drifts, corrected, changedMeanwhile };
    return { data, text, exit: isLeft ? 1 : 0 };
  },
};

async function byFile(file: string): Promise<Truth> {
  const all = new Map<string, CounterDelta>();
  for await (const { name, value } of readTotals(file)) all.set(name, value);
  return () => Promise.resolve(all);
}

function byQuery({ observer, dataSource }: Opened, query: string): Truth {
  return async () => {
    // connects
    await observer.ports.store.identify();
    const rows = await readNamesAndValues(dataSource, query);
    return new Map(
      rows.map(({ name, value }) => {
        if (typeof name === 'string' && /^-?\d+$/.test(String(value))) {
          return [name, BigInt(String(value))];
        }
        throw new Refusal(
          'The --query must answer the columns name, a text, and value, a whole number, of each counter',
        );
      }),
    );
  };
}
