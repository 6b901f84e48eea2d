import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import { table } from '../output/table.js';
import { ago, duration } from '../output/times.js';
import type { Verb } from '../verb.js';

export const workers: Verb = {
  name: 'workers',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List the processes that count, those with workers first.',
  teaches: [
    'Each process says every ten seconds that it runs. One that was killed stays in the list for ten minutes. Exit status 2: no process ' +
      `with workers was seen for ${duration(PATIENCE)}.`,
  ],
  options: {},
  examples: ['workers'],
  async run({ connect }) {
    const { observer } = await connect();
    const seen = await observer.ports.cache.processes();
    const sorted = seen.toSorted(
      (a, b) => Number(b.persists) - Number(a.persists) || a.age - b.age,
    );
    const data = sorted.map(({ host, pid, version, persists, seenAt }) => ({
      ...{ host, pid, version, workers: persists, seenAt },
    }));
    const rows = sorted.map(({ host, pid, version, persists, age, deliveredUntil }) => [
      ...[host, String(pid), version, persists ? 'yes' : 'no', ago(new Date(Date.now() - age))],
      new Date(deliveredUntil).toISOString(),
    ]);
    const isManned = seen.some(({ persists, age }) => persists && age < PATIENCE);
    const heads = ['host', 'pid', 'version', 'workers', 'seen', 'delivered until'];
    const text =
      rows.length === 0 ? ['No process was seen in the last ten minutes'] : table(heads, rows);
    return { data, text, exit: isManned ? 0 : 2 };
  },
};
