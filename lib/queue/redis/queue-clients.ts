import { Cluster, Redis } from 'ioredis';
import {
  addressesOf,
  isCluster,
  isSentinels,
  type RedisDeployment,
} from '../../cache/redis/clients/redis-connection.js';
import { retryDelay } from '../../cache/redis/clients/retry-delay.js';
import { whenDemoted } from '../../cache/redis/fitness/takes-no-writes.js';

export type QueueClient = Redis | Cluster;

/** What ioredis keeps to itself. */
interface SentCommands {
  toArray(): { command: { promise: Promise<unknown> } }[];
}

interface UntypedClient {
  sendCommand(...given: unknown[]): unknown;
  readonly commandQueue?: SentCommands;
  readonly offlineQueue?: SentCommands;
  /** Of a cluster. */
  nodes?(): UntypedClient[];
}

/** What a client is for: commands, notices, or waiting for jobs. */
type Role = 'client' | 'subscriber' | 'bclient';

/**
 * Clients for the queues, made here for every kind of Redis. Drivers make some by themselves, but Bull none of a cluster, and it
 * copies their options: certificates and functions do not always outlive that.
 */
export class QueueClients {
  /** Clients hold the password, so none is printed. */
  readonly #made = new Map<number, QueueClient[]>();
  readonly #shared = new Map<Role, QueueClient>();

  constructor(private readonly deployment: RedisDeployment) {}

  /** All that were made for a queue, also later. */
  of(partition: number): QueueClient[] {
    let made = this.#made.get(partition);
    if (made === undefined) this.#made.set(partition, (made = []));
    return made;
  }

  /**
   * The queues of a process share one client for commands and one for notices; each waits for jobs over a client of its own. On a
   * cluster they share none: a node that is silent must not take the way to the others.
   */
  make(partition: number, role: Role): QueueClient {
    const client = this.isShared(role) ? this.shared(role) : this.connected(role);
    this.of(partition).push(client);
    return client;
  }

  private isShared(role: Role): boolean {
    return role !== 'bclient' && !isCluster(this.deployment);
  }

  private shared(role: Role): QueueClient {
    let client = this.#shared.get(role);
    if (client === undefined) {
      client = this.connected(role);
      // each queue has some, and some more by its own account
      client.setMaxListeners(Infinity);
      this.#shared.set(role, client);
    }
    return client;
  }

  private connected(role: Role): QueueClient {
    const again = {
      retry: retryDelay,
      ...(role === 'client' ? {} : { maxRetriesPerRequest: null }),
    };
    return connect(this.deployment, again);
  }

  /** A connection beside those of the queues, which is not made again: `connect()` rejects when it is not made in time. */
  once(milliseconds: number): QueueClient {
    const own = { lazyConnect: true, connectTimeout: milliseconds, maxRetriesPerRequest: 0 };
    return connect(this.deployment, { retry: () => null, ...own });
  }

  /** Whether a client looks for the servers by itself: of a cluster, or by sentinels. */
  get findServers(): boolean {
    return isCluster(this.deployment) || isSentinels(this.deployment);
  }
}

/** Drivers handle no failure of some commands; what has no answer yet is about to fail, and so is what comes until the connection has ended. */
export function expectFailures(client: object): void {
  const own = client as UntypedClient;
  const send = own.sendCommand.bind(own);
  own.sendCommand = (...given) => {
    const answer = send(...given);
    Promise.resolve(answer).catch(() => undefined);
    return answer;
  };
  for (const { commandQueue, offlineQueue } of [own, ...(own.nodes?.() ?? [])]) {
    for (const { command } of [commandQueue, offlineQueue].flatMap((it) => it?.toArray() ?? [])) {
      command.promise.catch(() => undefined);
    }
  }
}

interface Connecting {
  /** Milliseconds until it is tried again; never, if null. */
  retry: (times: number) => number | null;
  lazyConnect?: boolean;
  connectTimeout?: number;
  // Bull asks for null where a connection waits
  maxRetriesPerRequest?: number | null;
}

function connect(
  deployment: RedisDeployment,
  { retry: retryStrategy, lazyConnect = false, ...others }: Connecting,
): QueueClient {
  const { username, password } = deployment;
  const common = {
    username,
    password,
    tls: tlsOf(deployment.tls),
    enableReadyCheck: false,
    // workers wait for minutes without a word
    keepAlive: 30_000,
    reconnectOnError: whenDemoted(),
    ...others,
  };
  if (isCluster(deployment)) {
    return new Cluster(addressesOf(deployment), {
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy,
      // certificates are for names
      dnsLookup: (host, found) => found(null, host),
      lazyConnect,
      redisOptions: common,
      natMap: deployment.natMap,
    });
  }
  const server = { ...common, db: deployment.db, retryStrategy, lazyConnect };
  if (!isSentinels(deployment)) {
    return new Redis({ ...server, host: deployment.host, port: deployment.port });
  }
  const { sentinels, name, sentinelUsername, sentinelPassword, natMap } = deployment;
  return new Redis({
    ...server,
    sentinels: sentinels.map(({ host = 'localhost', port = 26_379 }) => ({ host, port })),
    name,
    sentinelUsername,
    sentinelPassword,
    sentinelTLS: tlsOf(deployment.sentinelTls ?? deployment.tls),
    // to the primary that they name
    enableTLSForSentinelMode: common.tls !== undefined,
    sentinelRetryStrategy: retryStrategy,
    natMap,
  });
}

const tlsOf = (tls: boolean | object | undefined): object | undefined =>
  tls === true ? {} : tls === false ? undefined : tls;
