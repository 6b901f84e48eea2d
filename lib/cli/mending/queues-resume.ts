import { partitionNumbers } from '../../words/partitioner.js';
import type { Observer } from '../observer/observer.js';
import { queueNames } from '../../queue/queue-settings.js';
import { plural } from '../output/table.js';
import type { Verb } from '../verb.js';
import { expectServers, NOT_MEANT } from './before-changes.js';

export const queuesResume: Verb = {
  name: 'queues resume',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'Have queues go on that somebody paused.',
  teaches: [
    'All queues of the namespace that are paused, of Bull or of BullMQ, for all processes: their workers take jobs again at once. It may be repeated.',
    'Where the module has another queue.prefix than the usual one, give it by --queue-prefix: queues of another name are not looked at.',
  ],
  options: {},
  examples: ['queues resume', 'queues resume --yes'],
  writes: true,
  async run({ connect, isMeant, by }) {
    const opened = await connect();
    const { observer } = opened;
    const { prefix, count } = observer.options.queue;
    const names = queueNames(prefix, count);
    const partitions = await pausedOf(observer);
    const paused = partitions.map((partition) => names[partition] ?? '');
    const data = { queues: count, paused, resumed: false };
    if (paused.length === 0) {
      return { data, text: [`None of ${plural(count, 'queue')} is paused`], exit: 0 };
    }
    const which = `${plural(paused.length, 'queue')} of ${count}: ${paused.join(', ')}`;
    if (!isMeant) return { data, text: [`Would resume ${which}`, NOT_MEANT], exit: 0 };
    await expectServers(opened);
    const { queue } = observer.ports;
    await Promise.all(partitions.map(async (partition) => queue.resume?.(partition)));
    return {
      data: { ...data, resumed: true, by },
      text: [`Resumed ${which}, by ${by}`],
      exit: 0,
    };
  },
};

/** Partitions whose queue is paused. */
async function pausedOf({ ports: { queue }, options }: Observer): Promise<number[]> {
  const partitions = partitionNumbers(options.queue.count);
  const are = await Promise.all(partitions.map(async (it) => queue.isPaused?.(it)));
  return partitions.filter((it) => are[it] === true);
}
