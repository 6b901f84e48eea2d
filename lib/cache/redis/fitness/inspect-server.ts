import type { StoreProblem } from '../../counter-cache.js';
import type { DurableClaims } from '../durability.js';
import { OF_A_CLUSTER } from './refusal.js';

/** `ZADD LT`, which keeps the earlier of two due times, came with it. */
const OLDEST: Version = [6, 2];
const WAITAOF: Version = [7, 2];

type Version = readonly [major: number, minor: number];

/** What the answer of INFO says against keeping counts there. */
export function inspectServer(
  info: string,
  { disk = false }: DurableClaims = {},
  /** Whether nothing finds another server in its place. */
  isAlone = true,
): StoreProblem[] {
  if (info === '') {
    return [warning('Redis does not let this user run INFO: its settings were not checked')];
  }
  const fields = fieldsOf(info);
  const problems: StoreProblem[] = [];
  const version = fields.get('redis_version') ?? '';
  if (isOlder(version, OLDEST)) problems.push(tooOld(version, 'counters', OLDEST));
  if (disk && isOlder(version, WAITAOF)) {
    problems.push(tooOld(version, 'option "durableClaims.disk"', WAITAOF));
  }
  if (isAlone) problems.push(...inspectRole(info));
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  if (policy.startsWith('allkeys')) {
    problems.push({
      kind: 'evicting',
      message: `maxmemory-policy of Redis is ${policy}: when its memory is full, it deletes increments that are not persisted yet`,
    });
  }
  if (fields.get('aof_enabled') === '0') {
    problems.push(
      warning(
        'The append-only file of Redis is off: if Redis stops, acknowledged increments that were not persisted yet can be lost',
      ),
    );
  }
  return problems;
}

/** Whether it is one of several, which a client of a single server does not get along with. */
export function inspectRole(info: string): StoreProblem[] {
  const fields = fieldsOf(info);
  if (fields.get('cluster_enabled') === '1') return [unusable(OF_A_CLUSTER)];
  return fields.get('role') === 'slave' ? [unusable(REPLICA)] : [];
}

export const fieldsOf = (info: string): ReadonlyMap<string, string> =>
  new Map(
    info.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );

const warning = (message: string): StoreProblem => ({ kind: 'warning', message });

const unusable = (message: string): StoreProblem => ({ kind: 'unusable', message });

const REPLICA =
  'Redis is a replica, which takes no writes: give its primary, or { sentinels, name } that find the primary';

const tooOld = (version: string, what: string, oldest: Version): StoreProblem =>
  unusable(`Redis has version ${version}; ${what} needs ${oldest.join('.')} or later`);

function isOlder(version: string, [oldestMajor, oldestMinor]: Version): boolean {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
