import {
  createClient,
  createCluster,
  createSentinel,
  type RedisClientOptions,
} from '@redis/client';
import {
  addressesOf,
  isCluster,
  isSentinels,
  type RedisConnection,
  type RedisDeployment,
} from './redis-connection.js';

/** What clients were made from here: theirs do not tell all of it. */
const made = new WeakMap<object, RedisDeployment>();

export const madeFrom = (client: object): RedisDeployment | undefined => made.get(client);

/** A client of node-redis, as a cache-manager store takes it. It connects when it is used. */
export function makeNodeRedis(deployment: RedisDeployment): object {
  const client = makeAny(deployment);
  made.set(client, deployment);
  return client;
}

/** A client of one server. `socket` takes precedence. */
export function makeSingle(
  connection: RedisConnection,
  overrides: RedisClientOptions = {},
): ReturnType<typeof createClient> {
  const { host = 'localhost', port = 6379, db } = connection;
  const { socket, ...others } = overrides;
  return createClient({
    ...accessOf(connection, { host, port, ...socket }),
    database: db,
    ...others,
  });
}

function makeAny(deployment: RedisDeployment): object {
  if (isCluster(deployment)) {
    const rootNodes = addressesOf(deployment).map((address) => ({ socket: { ...address } }));
    return createCluster({
      rootNodes,
      defaults: accessOf(deployment),
      nodeAddressMap: deployment.natMap,
    });
  }
  if (!isSentinels(deployment)) return makeSingle(deployment);
  const { sentinels, name, db, sentinelUsername, sentinelPassword } = deployment;
  const sentinelRootNodes = sentinels.map(({ host = 'localhost', port = 26_379 }) => ({
    host,
    port,
  }));
  const sentinelAccess = {
    username: sentinelUsername,
    password: sentinelPassword,
    tls: deployment.sentinelTls ?? deployment.tls,
  };
  return createSentinel({
    name,
    sentinelRootNodes,
    nodeClientOptions: { ...accessOf(deployment), database: db },
    sentinelClientOptions: accessOf(sentinelAccess),
  });
}

type Access = Pick<RedisConnection, 'username' | 'password' | 'tls'>;

function accessOf({ username, password, tls }: Access, socket: object = {}): RedisClientOptions {
  const secure = tls ? { tls: true, ...(tls === true ? {} : tls) } : {};
  return { username, password, socket: { ...socket, ...secure } };
}
