import type { RedisConnection } from '../redis-connection.js';
import type { RedisClient, ScriptArguments } from './script-client.js';

/** @redis/client: single, cluster and sentinel. */
interface NodeRedis {
  duplicate(overrides?: object): RedisClient;
  evalSha: unknown;
  options?: NodeRedisOptions;
}

interface NodeRedisOptions {
  socket?: { host?: string; port?: number; tls?: boolean };
  username?: string;
  password?: string;
  database?: number;
  rootNodes?: unknown;
  sentinelRootNodes?: unknown;
  defaults?: object;
}

/** ioredis and iovalkey. */
interface IoRedis {
  duplicate(overrides?: object): IoRedis;
  evalsha(digest: string, keys: number, ...rest: string[]): Promise<unknown>;
  eval(source: string, keys: number, ...rest: string[]): Promise<unknown>;
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
  };
}

const retryDelay = (attempts: number): number => Math.min(50 * 2 ** Math.min(attempts, 6), 2000);

// A command that cannot be sent fails at once: the sender keeps its batch and tries again itself.
const OWN = { disableOfflineQueue: true, commandOptions: {}, clientSideCache: undefined };

/** How to make a second connection with this client's settings; undefined if it cannot run scripts. */
export function ownConnection(client: object): (() => RedisClient) | undefined {
  if (isNodeRedis(client)) {
    return () => client.duplicate(nodeRedisOverrides(client.options ?? {}));
  }
  if (isIoRedis(client)) return () => adaptIoRedis(client);
  return undefined;
}

/** The server's address, for clients of other libraries. */
export function connectionOf(client: object): RedisConnection | undefined {
  if (isNodeRedis(client)) {
    const { socket, username, password, database, rootNodes, sentinelRootNodes } =
      client.options ?? {};
    if (rootNodes !== undefined || sentinelRootNodes !== undefined) return undefined;
    return {
      host: socket?.host,
      port: socket?.port,
      username,
      password,
      db: database,
      tls: socket?.tls,
    };
  }
  if (isIoRedis(client) && 'host' in client.options) {
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

function nodeRedisOverrides(options: NodeRedisOptions): object {
  if (options.sentinelRootNodes !== undefined) return {};
  const socket = { ...options.socket, reconnectStrategy: retryDelay };
  if (options.rootNodes !== undefined) {
    return { defaults: { ...options.defaults, ...OWN, socket: { reconnectStrategy: retryDelay } } };
  }
  return { ...OWN, socket };
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
  };
}
