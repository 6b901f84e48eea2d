import {
  parseRedisUrl,
  type RedisAddress,
  type RedisDeployment,
  type RedisNatMap,
} from './redis-connection.js';
import {
  type IoRedisOptions,
  type IoRedisCluster,
  isIoRedis,
  isIoRedisCluster,
} from './io-redis.js';
import { madeFrom } from './made-clients.js';
import {
  type ClusterOptions,
  isNodeRedis,
  isNodeRedisCluster,
  type NodeRedisOptions,
} from './node-redis.js';

/**
 * Where a client of the user finds Redis, for clients of other libraries; undefined where they have no word for it, as for
 * Unix sockets, and for a map of addresses that is a function: not each version of ioredis knows these.
 */
export function deploymentOf(client: object): RedisDeployment | undefined {
  const known = madeFrom(client);
  if (known !== undefined) return known;
  if (hasMapFunction(client)) return undefined;
  if (isNodeRedisCluster(client)) return ofCluster(client._options);
  if (isNodeRedis(client)) return ofServer(client.options);
  if (isIoRedisCluster(client)) return ofIoRedisCluster(client);
  if (isIoRedis(client)) return ofIoRedis(client.options);
  return undefined;
}

function hasMapFunction(client: object): boolean {
  if (isNodeRedisCluster(client)) return typeof client._options?.nodeAddressMap === 'function';
  return isIoRedis(client) && typeof client.options.natMap === 'function';
}

/** Options of a socket of node-redis that are none of `tls.connect()`. */
const OF_SOCKET = new Set([
  ...['host', 'port', 'path', 'tls', 'reconnectStrategy', 'connectTimeout', 'socketTimeout'],
  ...['noDelay', 'keepAlive', 'keepAliveInitialDelay', 'family', 'localAddress', 'lookup'],
]);

/** node-redis has the options of TLS among those of the socket. */
function tlsOf(socket: object & { tls?: boolean } = {}): boolean | object | undefined {
  if (socket.tls !== true) return socket.tls;
  const options = Object.entries(socket).filter(([key]) => !OF_SOCKET.has(key));
  return options.length === 0 ? true : Object.fromEntries(options);
}

function ofServer(options: NodeRedisOptions = {}): RedisDeployment | undefined {
  const { socket = {}, username, password, database } = options;
  if (socket.path !== undefined) return undefined;
  const { host, port } = socket;
  return { host, port, username, password, db: database, tls: tlsOf(socket) };
}

function ofCluster(
  { rootNodes, defaults, nodeAddressMap }: ClusterOptions = { rootNodes: [] },
): RedisDeployment | undefined {
  const nodes = rootNodes.map(readUrl);
  const [first] = nodes;
  if (first === undefined) return undefined;
  const socket = { ...first.socket, ...defaults?.socket };
  return {
    cluster: nodes.map(({ socket: { host, port } = {} }) => ({ host, port })),
    username: defaults?.username ?? first.username,
    password: defaults?.password ?? first.password,
    tls: tlsOf(socket),
    natMap: nodeAddressMap as RedisNatMap | undefined,
  };
}

function readUrl(node: NodeRedisOptions): NodeRedisOptions {
  if (node.url === undefined) return node;
  const { host, port, username, password, tls } = parseRedisUrl(node.url);
  const socket = { host, port, ...(tls === true ? { tls } : {}), ...node.socket };
  return { username, password, ...node, socket };
}

function ofIoRedis(options: IoRedisOptions): RedisDeployment | undefined {
  const { host, port, path, db, tls, sentinels, name } = options;
  const access = { ...accessOf(options), db, tls };
  // of sentinels and sockets the host is only a default
  if (sentinels !== undefined && sentinels !== null) {
    return {
      sentinels: sentinels.map((sentinel) => ({ host: sentinel.host, port: sentinel.port })),
      name: name ?? 'mymaster',
      ...access,
      sentinelUsername: options.sentinelUsername ?? undefined,
      sentinelPassword: options.sentinelPassword ?? undefined,
      // ioredis needs to be told that `tls` holds for the primary
      tls: options.enableTLSForSentinelMode === true ? tls : undefined,
      sentinelTls: options.sentinelTLS ?? false,
      natMap: options.natMap as RedisNatMap | undefined,
    };
  }
  return path === undefined ? { host, port, ...access } : undefined;
}

function ofIoRedisCluster({ startupNodes, options }: IoRedisCluster): RedisDeployment {
  const { redisOptions = {}, natMap } = options;
  const cluster = startupNodes.map((node): RedisAddress => {
    if (typeof node === 'object') return { host: node.host, port: node.port };
    if (typeof node === 'number') return { port: node };
    const { host, port } = parseRedisUrl(node.includes('://') ? node : `redis://${node}`);
    return { host, port };
  });
  const access = { ...accessOf(redisOptions), tls: redisOptions.tls };
  return { cluster, ...access, natMap: natMap as RedisNatMap | undefined };
}

const accessOf = ({
  username,
  password,
}: IoRedisOptions): { username?: string; password?: string } => ({
  username: username ?? undefined,
  password: password ?? undefined,
});
