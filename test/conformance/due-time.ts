import { partitionKeys } from '../../lib/cache/redis/protocol/partition-keys.js';
import { LATER, type Partition } from './partition.js';

/** Any command, to the server that holds the key. */
export type Command = (key: string, args: string[]) => Promise<unknown>;

/** The due time of a counter in memory: the first mark that it is due by. */
export async function dueTimeInMemory({ cache, index }: Partition, name: string): Promise<number> {
  let before = 0;
  let by = Date.now() + 10 * LATER;
  while (by - before > 1) {
    const middle = Math.floor((before + by) / 2);
    const { waiting } = await cache.flushProgress(index, middle, [name]);
    if (waiting) by = middle;
    else before = middle;
  }
  return by;
}

/** The same on Redis: the counter, or the first list that has it. */
export async function dueTimeOnRedis(
  command: Command,
  namespace: string,
  { index }: Partition,
  name: string,
): Promise<number> {
  const [, , due = ''] = partitionKeys(namespace, index);
  const range = (await command(due, ['ZRANGE', due, '0', '-1', 'WITHSCORES'])) as string[];
  for (let i = 0; i < range.length; i += 2) {
    const [member = '', time] = range.slice(i, i + 2);
    if (member === name) return Number(time);
    if (!member.startsWith(' ')) continue;
    const list = `${due}:${member.slice(1)}`;
    const names = (await command(list, ['LRANGE', list, '0', '-1'])) as string[];
    if (names.includes(name)) return Number(time);
  }
  throw new Error(`The counter ${name} is not due`);
}
