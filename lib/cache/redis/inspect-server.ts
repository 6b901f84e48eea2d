import type { StoreProblem } from '../counter-cache.js';

/** `ZADD LT`, which keeps the earlier of two due times, came with it. */
const OLDEST = [6, 2];

/** What the answer of INFO says against keeping counts there. */
export function inspectServer(info: string): StoreProblem[] {
  if (info === '') {
    return [warning('Redis does not let this user run INFO: its settings were not checked')];
  }
  const fields = new Map(
    info.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  const problems: StoreProblem[] = [];
  const version = fields.get('redis_version') ?? '';
  if (isOlder(version)) {
    problems.push({
      kind: 'unusable',
      message: `Redis is of version ${version}; counters need ${OLDEST.join('.')} or later`,
    });
  }
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  if (policy.startsWith('allkeys')) {
    problems.push({
      kind: 'evicting',
      message: `maxmemory-policy of Redis is ${policy}: it evicts increments that are not persisted yet`,
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

const warning = (message: string): StoreProblem => ({ kind: 'warning', message });

function isOlder(version: string): boolean {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
