import { leaveIoRedis } from './leave-io-redis.js';
import { retryDelay } from './retry-delay.js';
import type { RedisClient, ScriptArguments } from './script-client.js';

/** What ioredis and iovalkey have, single, by sentinels and as a cluster. */
interface Commands {
  evalsha(digest: string, keys: number, ...rest: string[]): Promise<unknown>;
  eval(source: string, keys: number, ...rest: string[]): Promise<unknown>;
  call(command: string, ...args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  status: string;
}

interface IoRedis extends Commands {
  duplicate(overrides?: object): IoRedis;
  options: IoRedisOptions;
}

export interface IoRedisCluster extends Commands {
  readonly isCluster: true;
  readonly startupNodes: readonly (string | number | { host?: string; port?: number })[];
  duplicate(startupNodes: readonly unknown[], overrides: object): IoRedisCluster;
  options: { redisOptions?: IoRedisOptions; natMap?: unknown };
}

export interface IoRedisOptions {
  host?: string;
  port?: number;
  username?: string | null;
  password?: string | null;
  db?: number;
  tls?: object;
  path?: string;
  name?: string | null;
  sentinels?: readonly { host?: string; port?: number }[] | null;
  sentinelUsername?: string | null;
  sentinelPassword?: string | null;
  sentinelTLS?: object;
  enableTLSForSentinelMode?: boolean;
  natMap?: unknown;
}

export const isIoRedis = (client: object): client is IoRedis | IoRedisCluster =>
  'evalsha' in client && 'duplicate' in client;

export const isIoRedisCluster = (client: object): client is IoRedisCluster =>
  isIoRedis(client) && 'isCluster' in client && client.isCluster;

/** A second connection with this client's settings. */
export function duplicateIoRedis(client: IoRedis | IoRedisCluster): RedisClient {
  const own = isIoRedisCluster(client) ? clusterOf(client) : serverOf(client);
  const rest = (options: ScriptArguments): string[] => [...options.keys, ...options.arguments];
  return {
    get isOpen() {
      return own.status !== 'end';
    },
    findsServers: isIoRedisCluster(client) || Boolean(client.options.sentinels),
    isCluster: isIoRedisCluster(client),
    connect: () => own.connect(),
    destroy: () => leaveIoRedis(own),
    on: (event, listener) => own.on(event, listener),
    evalSha: (digest, options) => own.evalsha(digest, options.keys.length, ...rest(options)),
    eval: (source, options) => own.eval(source, options.keys.length, ...rest(options)),
    // it sends what has no key to any node
    command: (_key, [name = '', ...args]) => own.call(name, ...args),
  };
}

const UNQUEUED = { lazyConnect: true, enableOfflineQueue: false, keyPrefix: '' };

const serverOf = (client: IoRedis): IoRedis =>
  client.duplicate({ ...UNQUEUED, maxRetriesPerRequest: 0, retryStrategy: retryDelay });

function clusterOf(client: IoRedisCluster): IoRedisCluster {
  const { redisOptions } = client.options;
  return client.duplicate([], {
    ...UNQUEUED,
    // it would ask for CLUSTER INFO, a right that nothing else needs
    enableReadyCheck: false,
    clusterRetryStrategy: retryDelay,
    redisOptions: { ...redisOptions, keyPrefix: '' },
  });
}
