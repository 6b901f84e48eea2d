import type { StoreProblem } from '../../cache/counter-cache.js';
import { type InfoFields, ServerInfo } from '../../cache/redis/server-info.js';
import { placeOf } from '../../cache/redis/clients/redis-place.js';
import { reasonOf } from '../../words/quote.js';
import { whyOneTakesNoWrites } from '../observer/accepting.js';
import type { Observer } from '../observer/observer.js';
import { type Check, fail, ok, unknown, warn } from './check.js';
import { clockCheck } from './clock.js';

/** Of maxmemory: more than this is soon all. */
const NEARLY_FULL = 0.8;

/** What speaks against keeping counts in this Redis, by what each start of a process looks at. */
export async function redisChecks({ options, ports }: Observer): Promise<Check[]> {
  const { source, cache, queue } = ports;
  if (source.kind !== 'redis') return [];
  const info = new ServerInfo(source, options, options.queue.count);
  const asked = Date.now();
  let servers: InfoFields[];
  try {
    servers = await info.askAll();
  } catch (error) {
    const next = 'Start Redis, or check address, password and rights (docs/security.md)';
    return [fail('redis', reasonOf(error), next)];
  } finally {
    info.close();
  }
  const [fields = new Map<string, string>()] = servers;
  const place = source.deployment === undefined ? 'answers' : placeOf(source.deployment);
  const version = fields.get('redis_version');
  return [
    ok('redis', version === undefined ? place : `${place}, version ${version}`),
    ...(version === undefined
      ? [unreadable]
      : settingsOf(fields, whyOneTakesNoWrites(servers), asked)),
    ...(await problemsOf('redis rights', 'Every step of counting is allowed', () =>
      cache.inspect(),
    )),
    ...(await problemsOf('queues', 'Every step of the queues is allowed', () => queue.inspect())),
  ];
}

const unreadable = unknown('redis settings', 'This user may not run INFO: grant +info');

function settingsOf(fields: InfoFields, refuses: string | undefined, asked: number): Check[] {
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  const [used, most] = [Number(fields.get('used_memory')), Number(fields.get('maxmemory') ?? 0)];
  const share =
    most > 0 ? `${Math.round((used / most) * 100)} % of maxmemory is used` : 'no maxmemory';
  const time = Number(fields.get('server_time_usec')) / 1000;
  return [
    policy.startsWith('allkeys')
      ? fail(
          'redis policy',
          `maxmemory-policy is ${policy}: when its memory is full, Redis deletes counts`,
          'CONFIG SET maxmemory-policy noeviction, and write that into redis.conf',
        )
      : ok('redis policy', `maxmemory-policy is ${policy}`),
    fields.get('aof_enabled') === '0'
      ? warn(
          'append-only file',
          'Off: what is not persisted yet is lost if Redis stops',
          'CONFIG SET appendonly yes, and write that into redis.conf',
        )
      : ok('append-only file', 'On'),
    refuses !== undefined
      ? fail('redis writes', refuses, 'Give Redis memory or disk, or the address of the primary')
      : most > 0 && used / most > NEARLY_FULL
        ? warn('redis writes', share, 'Raise maxmemory: docs/capacity.md has the formula')
        : ok('redis writes', share),
    ...(Number.isFinite(time) ? [clockCheck('redis clock', time, asked)] : []),
  ];
}

/** What INFO says is told by checks of its own. */
const TOLD = /^(?:maxmemory-policy of Redis|The append-only file)/;

async function problemsOf(
  of: string,
  fine: string,
  look: () => Promise<StoreProblem[]>,
): Promise<Check[]> {
  try {
    const found = (await look()).filter(({ message }) => !TOLD.test(message));
    if (found.length === 0) return [ok(of, fine)];
    return found.map(({ kind, message }) => (kind === 'unusable' ? fail : warn)(of, message));
  } catch (error) {
    return [fail(of, reasonOf(error))];
  }
}
