import type { ScriptClient } from './clients/script-client.js';
import type { PartitionKeys } from './protocol/partition-keys.js';

/** Removes all that a partition has: its keys, and the lists of what is due, see `_due.lua`. */
export async function clearPartition(client: ScriptClient, keys: PartitionKeys): Promise<void> {
  const [state, , due = ''] = keys;
  const members = (await client.command(state, ['ZRANGE', due, '0', '-1'])) as string[];
  const lists = members.filter((member) => member.startsWith(' '));
  const listKeys = lists.map((member) => `${due}:${member.slice(1)}`);
  await client.command(state, ['UNLINK', ...keys, ...listKeys]);
}
