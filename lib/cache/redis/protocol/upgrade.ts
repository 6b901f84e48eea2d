import { digestOfField } from '../../key-digest.js';
import { type SharedSettings, writeSettings } from '../../shared-settings.js';

/** By which version 0.1 holds a partition, and one that is being taken over from it. */
const UPGRADABLE = new Set<unknown>(['1', '1 to 2']);

export const isUpgradable = (protocol: unknown): boolean => UPGRADABLE.has(protocol);

/**
 * Takes over what version 0.1 left in a partition, by script `upgrade.lua`: the keys of callers that it knows are kept as
 * digests. May run several times at once, and again after it broke off. Answers false where the partition is none of that
 * version, or has another number of queues: then nothing was touched.
 */
export async function upgrade(
  run: (args: string[]) => Promise<unknown>,
  settings: SharedSettings,
  idempotencyTtl: number,
): Promise<boolean> {
  let cursor = '0';
  let known: string[] = [];
  for (;;) {
    const reply = await run([writeSettings(settings), cursor, ...known]);
    const [status, next, keys] = reply as [string, string?, string[]?];
    if (status !== 'keys') return status === 'done';
    cursor = next === undefined || next === '0' ? 'end' : next;
    known = digestsOf(keys ?? [], String(idempotencyTtl));
  }
}

function digestsOf(keys: readonly string[], ttl: string): string[] {
  const known: string[] = [];
  for (let i = 0; i < keys.length; i += 3) {
    const [field = '', delta = '0', expires = '0'] = keys.slice(i, i + 3);
    known.push(digestOfField(field), delta, expires, ttl);
  }
  return known;
}
