import type { Imported } from '../../counting/correcting/import-totals.js';
import type { CounterService } from '../../counting/counter.service.js';
import { inCalls } from '../in-calls.js';
import type { Verb } from '../verb.js';
import { expectServers, expectWorkers, NOT_MEANT } from './before-changes.js';
import { type NamedTotal, readTotals } from './read-totals.js';

/** Totals that are compared together. */
const CHUNK = 1000;

export const importFile: Verb = {
  name: 'import',
  takes: 'FILE',
  operands: { least: 1, most: 1 },
  does: 'Set the totals of a file, or of standard input (-).',
  teaches: [
    'A line is NAME,VALUE, or {"name": "views:42", "value": 7}. The same file again changes nothing, so it may be repeated where it broke off. A total ' +
      'replaces what was counted before; with --keep, only counters at zero are set.',
    'Without --yes it reads the whole file, and tells how many totals are others than now.',
  ],
  options: {
    keep: { does: 'leave counters as they are that are not at zero' },
    timeout: { value: 'SECONDS', does: 'how long to wait for the workers; default: 30' },
  },
  examples: ['import totals.csv', 'import totals.csv --keep --yes'],
  writes: true,
  async run({ connect, operands: [file = ''], options, isMeant, by, progress }) {
    const opened = await connect();
    const { counters } = opened.observer;
    const keep = options.keep === true;
    const tell = ({ read }: Imported): void => progress(`${read} read`);
    if (!isMeant) {
      const found = await compare(counters, readTotals(file), keep, tell);
      return { data: found, text: [`Would set ${told(found)}`, NOT_MEANT], exit: 0 };
    }
    await expectServers(opened);
    await expectWorkers(opened);
    const existing = keep ? 'keep' : 'set';
    const found = await counters.importTotals(readTotals(file), { by, existing, onProgress: tell });
    return { data: { ...found, by }, text: [`Set ${told(found)}, by ${by}`], exit: 0 };
  },
};

const told = ({ read, set, unchanged, kept }: Imported): string =>
  `${set} of ${read} totals; ${unchanged} are so already, ${kept} are kept`;

/** What an import would do. */
async function compare(
  counters: CounterService,
  totals: AsyncIterable<NamedTotal>,
  keep: boolean,
  tell: (found: Imported) => void,
): Promise<Imported> {
  const found: Imported = { read: 0, set: 0, unchanged: 0, kept: 0 };
  await inCalls(totals, CHUNK, async (chunk) => {
    const names = chunk.map(({ name }) => name);
    const present = await counters.getCounts(names, { bigint: true });
    for (const [place, { value }] of chunk.entries()) {
      const now = present[place] ?? 0n;
      if (now === value) found.unchanged++;
      else if (keep && now !== 0n) found.kept++;
      else found.set++;
    }
    found.read += chunk.length;
    tell(found);
  });
  return found;
}
