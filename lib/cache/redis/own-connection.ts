import { InvalidOptionsError } from '../../errors.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisClient, ScriptArguments } from './script-client.js';

/** @redis/client, single and cluster; its sentinel client cannot be duplicated. */
interface NodeRedis extends Omit<RedisClient, 'command'> {
  duplicate(overrides?: object): NodeRedis;
  options?: NodeRedisOptions;
  /** A cluster's takes the key, and whether the command only reads, first. */
  sendCommand(...args: unknown[]): Promise<unknown>;
}

interface NodeRedisOptions {
  socket?: { host?: string; port?: number; path?: string; tls?: boolean };
  username?: string;
  password?: string;
  database?: number;
}

/** What a connection is for. */
export interface ConnectionUse {
  /** Keys of one node of a cluster: then no other node is connected to. */
  oneNode?: boolean;
}

/** ioredis and iovalkey. */
interface IoRedis {
  duplicate(overrides?: object): IoRedis;
  evalsha(digest: string, keys: number, ...rest: string[]): Promise<unknown>;
  eval(source: string, keys: number, ...rest: string[]): Promise<unknown>;
  call(command: string, ...args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  status: string;
  options: {
    host?: string;
    port?: number;
    username?: string | null;
    password?: string | null;
    db?: number;
    tls?: object;
    path?: string;
    sentinels?: unknown;
  };
}

const retryDelay = (attempts: number): number => Math.min(50 * 2 ** Math.min(attempts, 6), 2000);

// A command that cannot be sent fails at once: the sender keeps its batch and tries again itself.
const OWN = { disableOfflineQueue: true, commandOptions: {}, clientSideCache: undefined };

/** How to make a second connection with this client's settings; undefined if it cannot run scripts. */
export function ownConnection(client: object): ((use?: ConnectionUse) => RedisClient) | undefined {
  if ('getSentinelNode' in client) {
    throw new InvalidOptionsError(
      'Option "cache" holds a sentinel client of node-redis, which cannot be duplicated: use @keyv/valkey, whose client finds the primary by sentinels too',
    );
  }
  if (isNodeRedis(client)) {
    return (use = {}) => adaptNodeRedis(client, use);
  }
  if (isIoRedis(client)) return () => adaptIoRedis(client);
  return undefined;
}

/** The server's address, for clients of other libraries. */
export function connectionOf(client: object): RedisConnection | undefined {
  if (isNodeRedis(client)) {
    const { socket = {}, username, password, database } = client.options ?? {};
    if (isCluster(client) || socket.path !== undefined) return undefined;
    return {
      host: socket.host,
      port: socket.port,
      username,
      password,
      db: database,
      tls: socket.tls,
    };
  }
  if (isIoRedis(client) && 'host' in client.options) {
    // of sentinels and sockets the host is only a default
    if (client.options.sentinels !== undefined && client.options.sentinels !== null)
      return undefined;
    if (client.options.path !== undefined) return undefined;
    const { host, port, username, password, db, tls } = client.options;
    return {
      host,
      port,
      username: username ?? undefined,
      password: password ?? undefined,
      db,
      tls,
    };
  }
  return undefined;
}

function isNodeRedis(client: object): client is NodeRedis {
  return 'evalSha' in client && 'duplicate' in client;
}

function isIoRedis(client: object): client is IoRedis {
  return 'evalsha' in client && 'duplicate' in client;
}

// as Keyv's adapter tells them apart
const isCluster = (client: object): client is { _options?: { defaults?: NodeRedisOptions } } =>
  'slots' in client;

function nodeRedisOverrides(client: NodeRedis, { oneNode = false }: ConnectionUse): object {
  const options = (isCluster(client) ? client._options?.defaults : client.options) ?? {};
  const settings = { ...OWN, socket: { ...options.socket, reconnectStrategy: retryDelay } };
  return isCluster(client)
    ? { defaults: { ...options, ...settings }, minimizeConnections: oneNode }
    : settings;
}

function adaptNodeRedis(client: NodeRedis, use: ConnectionUse): RedisClient {
  const own = client.duplicate(nodeRedisOverrides(client, use));
  const route = (key: string): unknown[] => (isCluster(client) ? [key, false] : []);
  return {
    get isOpen() {
      return own.isOpen;
    },
    connect: () => own.connect(),
    destroy: () => own.destroy(),
    on: (event, listener) => own.on(event, listener),
    evalSha: (digest, script) => own.evalSha(digest, script),
    eval: (source, script) => own.eval(source, script),
    command: (key, args) => own.sendCommand(...route(key), args),
  };
}

function adaptIoRedis(client: IoRedis): RedisClient {
  const own = client.duplicate({
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: retryDelay,
    keyPrefix: '',
  });
  const rest = (options: ScriptArguments): string[] => [...options.keys, ...options.arguments];
  return {
    get isOpen() {
      return own.status !== 'end';
    },
    connect: () => own.connect(),
    destroy: () => own.disconnect(),
    on: (event, listener) => own.on(event, listener),
    evalSha: (digest, options) => own.evalsha(digest, options.keys.length, ...rest(options)),
    eval: (source, options) => own.eval(source, options.keys.length, ...rest(options)),
    command: (_key, [name = '', ...args]) => own.call(name, ...args),
  };
}
