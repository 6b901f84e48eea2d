import type { Script } from '../scripts/scripts.js';

/** What a server will never do, as it is set up, in words for who can change that. */
const refusals = new WeakMap<object, string>();

/** Why the server refused for good what this error is about; undefined for what may pass. */
export const refusalOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null ? refusals.get(error) : undefined;

/** Tells later what the server's own error says. A client that looks for the servers by itself is told where a key is now. */
export function rememberRefusal(
  error: Error,
  cause: unknown,
  script?: Script,
  findsServers = false,
): void {
  if (findsServers && isRedirection(cause)) return;
  const refusal = cause instanceof Error ? inOwnWords(cause.message, script) : undefined;
  if (refusal !== undefined) refusals.set(error, refusal);
}

export const OF_A_CLUSTER =
  'Redis is a node of a cluster: give { cluster: [{ host, port }] }, with the address of this node or others';

const OF_A_NODE = /^(MOVED|ASK|CROSSSLOT)\b/;
const UNKNOWN = /^ERR unknown command ['`]?([\w|]+)/i;
const NO_CLUSTER = /^ERR This instance has cluster support disabled/;
// EXEC that is refused ends its transaction
const NO_RIGHT = /^(?:NOPERM|EXECABORT) .*?'([\w|]+)' command/;
const NO_KEY = /^NOPERM .*key|can't access at least one of the keys/;
const UNKNOWN_INSIDE = /Unknown Redis command called from/;
const NO_RIGHT_INSIDE =
  /The user executing the script can't run this command|ACL failure in script/;

function inOwnWords(message: string, script?: Script): string | undefined {
  if (OF_A_NODE.test(message)) return OF_A_CLUSTER;
  if (NO_CLUSTER.test(message)) return 'Redis is no cluster: give it as { host, port }';
  if (NO_KEY.test(message)) {
    return 'Redis does not let this user access the keys of this namespace: docs/security.md has the rights';
  }
  const unknown = UNKNOWN.exec(message)?.[1];
  if (unknown !== undefined) return disabled(unknown.toUpperCase());
  const forbidden = NO_RIGHT.exec(message)?.[1];
  if (forbidden !== undefined) return noRight(forbidden.toUpperCase());
  if (UNKNOWN_INSIDE.test(message)) return disabled(commandOf(message, script));
  if (NO_RIGHT_INSIDE.test(message)) return noRight(commandOf(message, script));
  return undefined;
}

const disabled = (command: string): string =>
  `Redis does not know the command ${command}: it is disabled or renamed, and counting needs it`;

const noRight = (command: string): string =>
  `Redis does not let this user run ${command}, which counting needs: docs/security.md has the rights`;

/** Commands that the `add` script runs before it has written anything, and its first write. Others of them come later as well. */
const FIRST_OF_ADD = new Set(['HMGET', 'TIME', 'HGET', 'HSET']);

/** Whether nothing was done: the command that is missing comes before anything else that is written. */
export function isRefusedAtOnce({ message }: Error, script?: Script): boolean {
  if (OF_A_NODE.test(message) || UNKNOWN.test(message) || NO_CLUSTER.test(message)) return true;
  if (!UNKNOWN_INSIDE.test(message) && !NO_RIGHT_INSIDE.test(message)) return false;
  // its last command counts
  if (script?.name === 'add-run') return true;
  if (script?.name !== 'add') return false;
  return FIRST_OF_ADD.has(commandOf(message, script));
}

/** Whether the keys of a command are in several slots of a cluster: then each slot needs a command of its own. */
export const crossesSlots = (error: unknown): boolean =>
  error instanceof Error && /\bCROSSSLOT\b/.test(String(error.cause));

/** Whether another node of the cluster has the key. */
const isRedirection = (error: unknown): boolean =>
  error instanceof Error && OF_A_NODE.test(error.message);

/** Redis only says in which line of the script; of several commands there, which one it was is not known. */
function commandOf(message: string, script?: Script): string {
  const number = Number(Array.from(message.matchAll(/user_script: ?(\d+)/g)).at(-1)?.[1]);
  const line = script?.source.split('\n')[number - 1] ?? '';
  const commands = Array.from(line.matchAll(/redis\.p?call\('(\w+)'/g), ([, name = '']) => name);
  return commands.length > 0 ? [...new Set(commands)].join(' or ') : 'a command of its scripts';
}
