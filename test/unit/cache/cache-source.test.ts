import KeyvRedis, { createCluster, createSentinel, type RedisClientOptions } from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { type Cache, createCache } from 'cache-manager';
import { Cluster } from 'iovalkey';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { describe, expect, test } from 'vitest';
import { type CacheSource, findSource, makeMemoryCache } from '../../../lib/cache/cache-source.js';
import { makeRedisCache } from '../../../lib/cache/redis/keyv-adapter.js';
import { InvalidOptionsError } from '../../../lib/errors.js';

/** As a Keyv adapter on a table would look: it gets and sets, and adds nothing atomically. */
class KeyvTable implements KeyvStoreAdapter {
  opts = {};
  namespace?: string;
  private readonly rows = new Map<string, unknown>();

  get<Value>(key: string) {
    return Promise.resolve(this.rows.get(key) as Value | undefined);
  }
  set(key: string, value: unknown) {
    return Promise.resolve(this.rows.set(key, value));
  }
  delete(key: string) {
    return Promise.resolve(this.rows.delete(key));
  }
  clear() {
    this.rows.clear();
    return Promise.resolve();
  }
  on() {
    return this;
  }
}

/** Has a client, as Redis adapters do, but one that runs no scripts. */
class KeyvMemcached extends KeyvTable {
  client = { get: () => undefined, set: () => undefined };
}

/** Holds the letters of an LRU cache in its name. */
class KeyvMysqlRunner extends KeyvTable {}

const cacheOf = (...stores: unknown[]): Cache =>
  createCache({ stores: stores.map((store) => new Keyv({ store })) });

const redis = () => new KeyvRedis('redis://user:secret@127.0.0.1:1234/2');

function connectionOf(source: CacheSource): unknown {
  expect(source.kind).toBe('redis');
  return source.kind === 'redis' ? source.deployment : undefined;
}

/** The same with what is hidden from who prints it. */
function secretsOf(source: CacheSource): object {
  const found = connectionOf(source) as { password?: unknown; tls?: unknown };
  return { ...found, password: found.password, tls: found.tls };
}

describe('the counts live', () => {
  test('in the first store that can run scripts', () => {
    const other = new KeyvRedis('redis://127.0.0.1:4321');
    const source = findSource(cacheOf(new Map(), new KeyvTable(), redis(), other));
    expect(connectionOf(source)).toMatchObject({ host: '127.0.0.1', port: 1234, db: 2 });
  });

  test('in memory when all stores are there', () => {
    expect(findSource(createCache())).toMatchObject({ kind: 'memory' });
    expect(findSource(cacheOf(new Map(), new Map()))).toMatchObject({ kind: 'memory' });
    expect(findSource(makeMemoryCache())).toMatchObject({ kind: 'memory' });
  });

  test('together when two modules share an in-memory cache, else apart', () => {
    const shared = makeMemoryCache();
    const states = (cache: Cache, namespace: string) => {
      const source = findSource(cache);
      return source.kind === 'memory' ? source.states(namespace, 5) : undefined;
    };
    expect(states(shared, 'a')).toBeDefined();
    expect(states(shared, 'a')).toBe(states(shared, 'a'));
    expect(states(shared, 'a')).not.toBe(states(shared, 'b'));
    expect(states(shared, 'a')).not.toBe(states(makeMemoryCache(), 'a'));
  });

  test.each([
    ['a table', [new KeyvTable()], 'KeyvTable'],
    ['a table behind the memory', [new Map(), new KeyvTable()], 'KeyvTable'],
    ['a server without scripts', [new KeyvMemcached()], 'KeyvMemcached'],
    ['several such', [new KeyvMemcached(), new KeyvTable()], 'KeyvMemcached'],
    ['a name that looks like a memory', [new KeyvMysqlRunner()], 'KeyvMysqlRunner'],
  ])('never in a store that cannot add: %s', (_, stores, name) => {
    const find = () => findSource(cacheOf(...stores));
    expect(find).toThrow(InvalidOptionsError);
    expect(find).toThrow(`${name}, which cannot add atomically across processes`);
    expect(find).toThrow('Option "cache"');
  });

  test('never in an adapter without a class', () => {
    const bare = Object.assign(Object.create(null) as object, {
      get: () => undefined,
      set: () => undefined,
      delete: () => true,
      clear: () => undefined,
    });
    const cache = { stores: [{ store: bare }] } as unknown as Cache;
    expect(() => findSource(cache)).toThrow(InvalidOptionsError);
  });

  test('never behind sentinels of node-redis, whose client cannot be duplicated', () => {
    const sentinelRootNodes = [{ host: '127.0.0.1', port: 1234 }];
    const sentinel = createSentinel({ name: 'main', sentinelRootNodes });
    const store = new KeyvRedis(sentinel);
    expect(() => findSource(cacheOf(store))).toThrow(InvalidOptionsError);
    expect(() => findSource(cacheOf(store))).toThrow('{ sentinels, name }');
  });

  test('never in It holds no store', () => {
    expect(() => findSource({ stores: [] } as unknown as Cache)).toThrow(InvalidOptionsError);
    expect(() => findSource({ stores: [] } as unknown as Cache)).toThrow('It holds no store');
  });
});

describe('the connection for the queues is read', () => {
  const expected = {
    host: '127.0.0.1',
    port: 1234,
    username: 'user',
    password: 'secret',
    db: 2,
  };

  test('from node-redis', () => {
    expect(connectionOf(findSource(cacheOf(redis())))).toMatchObject(expected);
  });

  test('from a client that was made of options', () => {
    const cache = makeRedisCache({ ...expected, tls: true }, KeyvRedis);
    expect(connectionOf(findSource(cache))).toMatchObject({ ...expected, tls: true });
  });

  test('from iovalkey', () => {
    const store = new KeyvValkey({ ...expected, lazyConnect: true });
    expect(connectionOf(findSource(cacheOf(store)))).toMatchObject(expected);
  });

  const access = { username: 'user', password: 'secret' };
  const nodes = [
    { host: '127.0.0.1', port: 1234 },
    { host: '127.0.0.2', port: 1234 },
  ];

  test('from a cluster of node-redis', () => {
    const cluster = createCluster({
      rootNodes: [{ url: 'redis://127.0.0.1:1234' }, { socket: { host: '127.0.0.2', port: 1234 } }],
      defaults: { ...access, socket: { tls: true, ca: 'a certificate' } },
    });
    const found = secretsOf(findSource(cacheOf(new KeyvRedis(cluster))));
    expect(found).toMatchObject({ cluster: nodes, ...access, tls: { ca: 'a certificate' } });
  });

  test('from a cluster of iovalkey', () => {
    const cluster = new Cluster(['redis://127.0.0.1:1234', nodes[1] ?? {}], {
      lazyConnect: true,
      redisOptions: { ...access, tls: { ca: 'a certificate' } },
    });
    // Keyv's types know no cluster
    const store = new KeyvValkey(cluster);
    const found = secretsOf(findSource(cacheOf(store)));
    expect(found).toMatchObject({ cluster: nodes, ...access, tls: { ca: 'a certificate' } });
  });

  test('from sentinels of iovalkey', () => {
    const sentinels = [{ host: '127.0.0.1', port: 1234 }];
    const store = new KeyvValkey({ name: 'main', sentinels, ...access, db: 2, lazyConnect: true });
    const found = secretsOf(findSource(cacheOf(store)));
    expect(found).toMatchObject({ name: 'main', sentinels, ...access, db: 2, sentinelTls: false });
  });

  test('from what was given as option "redis", word for word', () => {
    const tls = { ca: 'a certificate', servername: 'redis' };
    const given = [
      { host: '127.0.0.1', port: 1234, tls },
      { sentinels: [{ host: '127.0.0.1', port: 1234 }], name: 'main', tls },
      { cluster: nodes, tls },
    ];
    for (const redis of given) {
      expect(connectionOf(findSource(makeRedisCache(redis, KeyvRedis)))).toBe(redis);
    }
  });

  test('with the options of TLS from node-redis, and without those of its socket', () => {
    const tls = { ca: 'a certificate', key: 'a key', servername: 'redis' };
    const socket = { host: '127.0.0.1', port: 1234, tls: true as const, ...tls };
    const store = new KeyvRedis({
      socket: { ...socket, connectTimeout: 100, noDelay: true },
    } as RedisClientOptions);
    expect(secretsOf(findSource(cacheOf(store)))).toMatchObject({ host: '127.0.0.1', tls });
    expect(secretsOf(findSource(cacheOf(store)))).not.toHaveProperty('tls.noDelay');
    const plain = new KeyvRedis('rediss://127.0.0.1:1234');
    expect(secretsOf(findSource(cacheOf(plain)))).toMatchObject({ tls: true });
  });

  test('not from Unix sockets, which have no host', () => {
    const path = '/run/redis.sock';
    const stores = [
      new KeyvRedis({ socket: { path, tls: false } }),
      new KeyvValkey({ path, lazyConnect: true }),
    ];
    for (const store of stores) {
      expect(connectionOf(findSource(cacheOf(store)))).toBeUndefined();
    }
  });
});
