import {
  concealed,
  parseRedisUrl,
  type RedisAddress,
  type RedisCluster,
  type RedisConnection,
  type RedisDeployment,
  type RedisNatMap,
  type RedisSentinels,
} from '../../cache/redis/clients/redis-connection.js';
import { InvalidOptionsError } from '../../errors.js';
import { Hidden, isRecord, type OptionReader, wrongOption } from './option-reader.js';

const HOST = /^[\w.:%-]+$/;
const NAMED = /^[\w.:%-]+:\d{1,5}$/;

/** Option `redis`: one server, sentinels or a cluster, with URLs read. */
export function readRedis(options: OptionReader): RedisDeployment | undefined {
  const value = options.given('redis');
  if (value === undefined) return undefined;
  const name = options.nameOf('redis');
  if (typeof value === 'string') return concealed(readUrl(name, value));
  if (!isRecord(value)) throw wrongOption(name, new Hidden(value), 'must be a URL or an object');
  const given = options.inside('redis', value);
  if (value.sentinels !== undefined) return concealed(sentinels(given));
  if (value.cluster !== undefined) return concealed(cluster(given));
  return concealed(server(given));
}

function server(options: OptionReader): RedisConnection {
  const connection = {
    ...address(options, 6379),
    ...access(options),
    db: options.integer('db', 0, 1_000_000, 0),
  };
  // these two stand for what else Redis may be
  options.refuseOthers(['sentinels', 'cluster']);
  return connection;
}

function sentinels(options: OptionReader): RedisSentinels {
  const list = options.records('sentinels');
  const found = list.map((sentinel) => {
    const read = address(sentinel, 26_379);
    sentinel.refuseOthers();
    return read;
  });
  if (found.length === 0) {
    throw wrongOption(
      options.nameOf('sentinels'),
      new Hidden(list),
      'must have one sentinel at least',
    );
  }
  options.required('name');
  const resolved: RedisSentinels = {
    sentinels: found,
    name: options.text('name', /./, 'the name of the primary, as the sentinels have it') ?? '',
    ...access(options),
    db: options.integer('db', 0, 1_000_000, 0),
    sentinelUsername: options.secret('sentinelUsername'),
    sentinelPassword: options.secret('sentinelPassword'),
    sentinelTls: options.tls('sentinelTls'),
    natMap: natMap(options),
  };
  options.refuseOthers();
  return resolved;
}

function cluster(options: OptionReader): RedisCluster {
  const name = options.nameOf('cluster');
  const nodes = options.given('cluster');
  if (!Array.isArray(nodes) || nodes.length === 0) {
    const rule = 'must be an array of URLs or { host, port }, with one node at least';
    throw wrongOption(name, new Hidden(nodes), rule);
  }
  const read = nodes.map((node: unknown, index) => readNode(options, `cluster[${index}]`, node));
  const resolved: RedisCluster = {
    cluster: read.map(({ host, port }) => ({ host, port })),
    ...access(options),
    natMap: natMap(options),
  };
  options.refuseOthers();
  for (const url of read) {
    for (const key of ['username', 'password', 'tls'] as const) takeOver(resolved, url, key, name);
  }
  return resolved;
}

function readNode(options: OptionReader, key: string, node: unknown): RedisConnection {
  const name = options.nameOf(key);
  if (typeof node === 'string') {
    const url = readUrl(name, node);
    if (url.db === 0) return url;
    throw new InvalidOptionsError(
      `Option "${name}" must be a URL without the number of a database: a cluster has database 0 alone`,
    );
  }
  if (!isRecord(node)) throw wrongOption(name, new Hidden(node), 'must be a URL or { host, port }');
  const reader = options.inside(key, node);
  const read = address(reader, 6379);
  reader.refuseOthers();
  return read;
}

/** What the URL of one node says holds for all, and so must not say two things. */
function takeOver(
  resolved: RedisCluster,
  url: RedisConnection,
  key: 'username' | 'password' | 'tls',
  name: string,
): void {
  const said = url[key];
  if (said === undefined || said === false) return;
  const before = resolved[key];
  if (before === undefined) resolved[key] = said as never;
  else if (before !== said && (key !== 'tls' || before === false)) {
    throw new InvalidOptionsError(
      `Option "${name}" has two values of "${key}", in its URLs or beside them: give one, which holds for all nodes`,
    );
  }
}

function address(options: OptionReader, port: number): Required<RedisAddress> {
  return {
    host: options.text('host', HOST, 'a host name or an address') ?? 'localhost',
    port: options.integer('port', 1, 65_535, port),
  };
}

/** Addresses as servers name them, and where they are from here. */
function natMap(options: OptionReader): RedisNatMap | undefined {
  const map = options.record('natMap');
  if (map === undefined) return undefined;
  const read = Object.entries(map).map(([named, value]) => {
    const key = `natMap["${named}"]`;
    const name = options.nameOf(key);
    if (!NAMED.test(named))
      throw wrongOption(name, value, 'must have a key of the form "host:port"');
    if (!isRecord(value)) throw wrongOption(name, value, 'must be { host, port }');
    const here = options.inside(key, value);
    here.required('host');
    here.required('port');
    const found = address(here, 6379);
    here.refuseOthers();
    return [named, found] as const;
  });
  return Object.fromEntries(read);
}

const access = (options: OptionReader): Pick<RedisConnection, 'username' | 'password' | 'tls'> => ({
  username: options.secret('username'),
  password: options.secret('password'),
  tls: options.tls('tls'),
});

function readUrl(name: string, text: string): RedisConnection {
  try {
    return parseRedisUrl(text);
  } catch (error) {
    // the URL may hold a password: it is not quoted
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new InvalidOptionsError(
      `Option "${name}" must be a URL such as redis://user:password@host:6379/0: ${reason}`,
    );
  }
}
