import { retryDelay } from './retry-delay.js';
import type { RedisClient } from './script-client.js';

/** @redis/client, single and cluster; its sentinel client cannot be duplicated. */
interface NodeRedis extends Omit<RedisClient, 'command'> {
  duplicate(overrides?: object): NodeRedis;
  options?: NodeRedisOptions;
  /** A cluster's takes the key, and whether the command only reads, first. */
  sendCommand(...args: unknown[]): Promise<unknown>;
}

/** Its cluster. */
interface NodeRedisCluster extends NodeRedis {
  /** Keyv's adapter knows a cluster by these. */
  readonly slots: unknown;
  /** Nodes that it has found. */
  readonly masters: readonly { host: string; port: number; client?: { isOpen: boolean } }[];
  /** As it was made; not public, and the only place where they are. */
  readonly _options?: ClusterOptions;
}

export interface NodeRedisOptions {
  url?: string;
  socket?: { host?: string; port?: number; path?: string; tls?: boolean };
  username?: string;
  password?: string;
  database?: number;
}

export interface ClusterOptions {
  rootNodes: readonly NodeRedisOptions[];
  defaults?: NodeRedisOptions;
  nodeAddressMap?: unknown;
}

export const isNodeRedis = (client: object): client is NodeRedis =>
  'evalSha' in client && 'duplicate' in client;

export const isNodeRedisCluster = (client: object): client is NodeRedisCluster =>
  isNodeRedis(client) && 'slots' in client;

/** A command that cannot be sent fails at once: the sender keeps its batch and tries again itself. */
export const UNQUEUED = {
  disableOfflineQueue: true,
  commandOptions: {},
  clientSideCache: undefined,
} as const;

export const NOT_CONNECTED = 'The client is offline';

/** How often a node of a cluster is tried again; then its place may have been taken. */
const TRIES = 5;
/** A cluster's client that could send nothing to a node for this time, in milliseconds, looks at the cluster anew. */
const STRANDED = 1000;

/** A second connection with this client's settings. */
export function duplicateSingle(client: NodeRedis): RedisClient {
  const socket = { ...client.options?.socket, reconnectStrategy: retryDelay };
  const own = client.duplicate({ ...UNQUEUED, socket });
  return adapted(own, (_key, args) => own.sendCommand(args));
}

/**
 * Makes connections with this cluster client's settings, each of which knows the nodes that the ones before it found:
 * those that the client was told of may be gone.
 *
 * node-redis asks for the nodes of a cluster when it connects and when a node says `MOVED`, and never when a node is
 * dead. Such a node is given up after some tries, so that commands for it fail at once, and its slots are looked for by
 * the next connection.
 */
export function clusterConnections(client: object): () => RedisClient {
  const cluster = client as NodeRedisCluster;
  const { rootNodes = [], defaults = {}, nodeAddressMap } = cluster._options ?? {};
  const found = new Map<string, NodeRedisOptions>();
  let last: NodeRedisCluster | undefined;
  return () => {
    // behind a map the addresses that nodes have for one another lead nowhere
    const nodes = nodeAddressMap === undefined ? (last?.masters ?? []) : [];
    for (const { host, port } of nodes) found.set(`${host}:${port}`, { socket: { host, port } });
    const reconnectStrategy = (attempts: number, cause: Error): number | Error =>
      attempts < TRIES ? retryDelay(attempts) : new Error(`${NOT_CONNECTED}: ${cause.message}`);
    const own = cluster.duplicate({
      rootNodes: [...rootNodes, ...found.values()],
      defaults: { ...defaults, ...UNQUEUED, socket: { ...defaults.socket, reconnectStrategy } },
      // with a node that is dead it would not connect at all
      minimizeConnections: true,
    }) as NodeRedisCluster;
    last = own;
    return adaptedCluster(own);
  };
}

function adaptedCluster(own: NodeRedisCluster): RedisClient {
  let isConnected = false;
  const connected = <Answer>(send: () => Promise<Answer>): Promise<Answer> =>
    // without slots it fails in ways of its own
    isConnected ? send().catch(withoutNode) : Promise.reject(new Error(NOT_CONNECTED));
  const client = adapted(own, (key, args) => own.sendCommand(key, false, args));
  return {
    ...client,
    get isOpen() {
      return own.isOpen;
    },
    strandedAfter: STRANDED,
    findsServers: true,
    isCluster: true,
    connect: async () => {
      await own.connect();
      isConnected = true;
    },
    destroy: () => {
      // it stops at the first client that has given up, and leaves those behind it open
      for (const node of own.masters) if (node.client?.isOpen === false) node.client = undefined;
      own.destroy();
    },
    evalSha: (digest, script) => connected(() => client.evalSha(digest, script)),
    eval: (source, script) => connected(() => client.eval(source, script)),
    command: (key, args) => connected(() => client.command(key, args)),
  };
}

/** It knows no node for a slot: it reads a property of that node, and finds none. */
function withoutNode(error: unknown): never {
  if (!(error instanceof TypeError) || !/reading '(master|client)'/.test(error.message))
    throw error;
  throw new Error(`${NOT_CONNECTED}: no node is known for this key`, { cause: error });
}

function adapted(own: NodeRedis, command: RedisClient['command']): RedisClient {
  return {
    get isOpen() {
      return own.isOpen;
    },
    connect: () => own.connect(),
    destroy: () => own.destroy(),
    on: (event, listener) => own.on(event, listener),
    evalSha: (digest, script) => own.evalSha(digest, script),
    eval: (source, script) => own.eval(source, script),
    command,
  };
}
