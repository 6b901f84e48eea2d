import { inspect } from 'node:util';
import { createCache } from 'cache-manager';
import { describe, expect, test } from 'vitest';
import type { RedisConnection } from '../../../lib/cache/redis/clients/redis-connection.js';
import { isEmbedded, resolveOptions } from '../../../lib/module/options/resolve-options.js';
import { InvalidOptionsError } from '../../../lib/errors.js';

const day = 86_400_000;
const hour = 3_600_000;
const cache = createCache();

describe('without options', () => {
  test.each([undefined, {}])('every default is filled in: %o', (given) => {
    expect(resolveOptions(given)).toEqual({
      redis: undefined,
      cache: undefined,
      queue: {
        driver: 'bull',
        redis: undefined,
        prefix: 'PersistCounter',
        count: 5,
        settings: undefined,
      },
      dataSource: undefined,
      namespace: 'default',
      updateInterval: 10_000,
      workers: true,
      isGlobal: true,
      maxBufferedNames: 100_000,
      newCounterLimits: [],
      columns: [],
      keepChanges: 0,
      windows: {
        counters: [],
        timeZone: 'UTC',
        retention: { minute: 2 * day, hour: 62 * day, day: 0, week: 0, month: 0 },
        acceptPast: 35 * day,
        late: 'park',
      },
      linger: 0,
      acknowledgeTimeout: 10_000,
      commandTimeout: 5_000,
      databaseTimeout: 15_000,
      allowEviction: false,
      durableClaims: { replicas: 0, disk: false, timeout: 1_000 },
      flushTimeout: 30_000,
      shutdownTimeout: 10_000,
      idempotencyTtl: day,
      sweepInterval: 1_000,
    });
  });

  test('counters run embedded, and with a Redis or a cache they do not', () => {
    expect(isEmbedded(resolveOptions({}))).toBe(true);
    expect(isEmbedded(resolveOptions({ redis: 'redis://localhost' }))).toBe(false);
    expect(isEmbedded(resolveOptions({ cache }))).toBe(false);
  });
});

describe('options that are given', () => {
  test('are taken as they are', () => {
    const given = {
      dataSource: 'counters',
      namespace: 'My.app_2-x',
      updateInterval: 0,
      workers: false,
      isGlobal: false,
      maxBufferedNames: 1,
      newCounterLimits: [{ prefix: 'a', limit: 5, interval: 1_000, overflow: 'b' }],
      windows: {
        counters: [{ prefix: 'api:', windows: ['hour', 'month'] }],
        timeZone: 'Europe/Berlin',
        retention: { minute: hour, hour: 2 * hour, day, week: 0, month: 0 },
        acceptPast: 0,
        late: 'next',
      },
      linger: 1_000,
      acknowledgeTimeout: hour,
      commandTimeout: 60_000,
      databaseTimeout: 600_000,
      allowEviction: true,
      durableClaims: { replicas: 2, disk: true, timeout: 50 },
      flushTimeout: 100,
      shutdownTimeout: 100,
      idempotencyTtl: 30 * day,
      sweepInterval: 100,
    };
    const settings = { lockDuration: 5 };
    const queue = { prefix: 'Count', count: 100, settings };
    expect(resolveOptions({ cache, queue, ...given })).toMatchObject({ ...given, cache, queue });
  });

  test('that are undefined count as not given', () => {
    const given = { redis: undefined, queue: undefined, namespace: undefined, workers: undefined };
    expect(resolveOptions(given)).toEqual(resolveOptions({}));
  });

  test('that say where Redis is may be a URL or a connection', () => {
    const local = { host: '127.0.0.1', port: 6380, username: 'u', password: 'p', db: 2 };
    const tls = { servername: 'redis' };
    const read = (redis: unknown) => resolveOptions({ redis }).redis as RedisConnection;
    const byUrl = read('redis://u:p@127.0.0.1:6380/2');
    expect({ ...byUrl, password: byUrl.password }).toEqual({ ...local, tls: false });
    const redis = read({ ...local, tls });
    expect({ ...redis, password: redis.password, tls: redis.tls }).toEqual({ ...local, tls });
    expect(resolveOptions({ redis: {} }).redis).toMatchObject({ port: 6379, db: 0 });
    expect(resolveOptions({ redis: { host: '::1' } }).redis).toMatchObject({ host: '::1' });
    expect(resolveOptions({ cache, queue: { redis: local } }).queue.redis).toMatchObject(local);
  });

  test('that say where Redis is may be sentinels', () => {
    const sentinels = [{ host: '127.0.0.1' }, { port: 5000 }];
    const access = { password: 'p', db: 1, sentinelPassword: 's', sentinelTls: false };
    const { redis } = resolveOptions({ redis: { sentinels, name: 'main', ...access } });
    expect(redis).toMatchObject({
      sentinels: [
        { host: '127.0.0.1', port: 26_379 },
        { host: 'localhost', port: 5000 },
      ],
      name: 'main',
      db: 1,
    });
    expect(redis).toHaveProperty('sentinelPassword', 's');
  });

  test('that say where Redis is may be a cluster, whose URLs hold for all its nodes', () => {
    const cluster = ['rediss://u:p@a:7000', { host: 'b', port: 7001 }, 'rediss://u:p@c'];
    const { redis } = resolveOptions({ cache, queue: { redis: { cluster } } }).queue;
    expect(redis).toMatchObject({
      cluster: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
      username: 'u',
      tls: true,
    });
    expect(redis).toHaveProperty('password', 'p');
    const tls = { ca: 'a certificate' };
    const secure = resolveOptions({ redis: { cluster, tls } }).redis;
    expect(secure?.tls).toBe(tls);
  });

  test('that are printed or serialized do not show a password or a key', () => {
    const secret = { password: 'sesame', tls: { key: 'sesame' } };
    const guarded = { sentinelPassword: 'sesame', sentinelTls: { key: 'sesame' } };
    for (const redis of [
      'redis://u:sesame@h',
      secret,
      { sentinels: [{ host: 'h' }], name: 'main', ...secret, ...guarded },
      { cluster: ['redis://u:sesame@h'] },
      { cluster: [{ host: 'h' }], ...secret },
    ]) {
      const resolved = resolveOptions({ redis, queue: { redis } });
      expect(inspect(resolved, { depth: 10 })).not.toContain('sesame');
      expect(JSON.stringify({ ...resolved })).not.toContain('sesame');
    }
  });
});

describe('options are refused', () => {
  test.each<[unknown, string]>([
    ['text', 'The options must be an object, not "text"'],
    [null, 'The options must be an object, not null'],
    [[], 'The options must be an object, not []'],
    [5, 'The options must be an object, not 5'],
    [
      { namespace: '' },
      'Option "namespace" (given: "") must be 1 to 64 characters of A-Z a-z 0-9 . _ -',
    ],
    [{ namespace: 'a:b' }, 'Option "namespace" (given: "a:b") must be'],
    [{ namespace: 'a}' }, 'Option "namespace" (given: "a}") must be'],
    [{ namespace: 'a\n' }, String.raw`Option "namespace" (given: "a\n") must be`],
    [{ namespace: 'é' }, 'Option "namespace" (given: "é") must be'],
    [{ namespace: 'n'.repeat(65) }, 'Option "namespace" (given: "nnn'],
    [{ namespace: 5 }, 'Option "namespace" (given: 5) must be'],
    [
      { dataSource: '' },
      'Option "dataSource" (given: "") must be the name of a TypeORM data source',
    ],
    [{ dataSource: 5 }, 'Option "dataSource" (given: 5) must be'],
    [{ workers: 'no' }, 'Option "workers" (given: "no") must be true or false'],
    [{ isGlobal: 1 }, 'Option "isGlobal" (given: 1) must be true or false'],
    [{ allowEviction: 'yes' }, 'Option "allowEviction" (given: "yes") must be true or false'],
    [{ durableClaims: true }, 'Option "durableClaims" (given: true) must be an object'],
    [
      { durableClaims: { disk: 1 } },
      'Option "durableClaims.disk" (given: 1) must be true or false',
    ],
    [{ durableClaims: { replica: 1 } }, 'Option "durableClaims.replica" (given: 1) is unknown'],
    [{ queue: 5 }, 'Option "queue" (given: 5) must be an object'],
    [{ queue: { prefix: '' } }, 'Option "queue.prefix" (given: "") must be 1 to 64 characters of'],
    [{ queue: { prefix: 'a b' } }, 'Option "queue.prefix" (given: "a b") must be'],
    [{ queue: { settings: true } }, 'Option "queue.settings" (given: true) must be an object'],
    [
      { queue: { settings: { maxStaledCount: 3 } } },
      'Option "queue.settings.maxStaledCount" (given: 3) is unknown; known are lockDuration,',
    ],
    [
      { queue: { settings: { drainDelay: -5 } } },
      'Option "queue.settings.drainDelay" (given: -5) must be a whole number from 1 to 86400',
    ],
    [
      { queue: { settings: { lockDuration: 'abc' } } },
      'Option "queue.settings.lockDuration" (given: "abc") must be a whole number from 1',
    ],
    [
      { queue: { counts: 5 } },
      'Option "queue.counts" (given: 5) is unknown; known are driver, redis, prefix, count, settings',
    ],
    [
      { cache: {} },
      'Option "cache" (given: an object) must be a Cache of cache-manager 6 or 7, made by createCache()',
    ],
    [{ cache: 'memory' }, 'Option "cache" (given: a string) must be a Cache'],
    [{ redis: 6379 }, 'Option "redis" (given: a number) must be a URL or an object'],
    [{ redis: { host: '' } }, 'Option "redis.host" (given: "") must be a host name or an address'],
    [{ redis: { host: 5 } }, 'Option "redis.host" (given: 5) must be'],
    [
      { redis: { port: 0 } },
      'Option "redis.port" (given: 0) must be a whole number from 1 to 65535',
    ],
    [{ redis: { port: '6379' } }, 'Option "redis.port" (given: "6379") must be'],
    [{ redis: { db: -1 } }, 'Option "redis.db" (given: -1) must be a whole number from 0'],
    [
      { redis: { tls: 'on' } },
      'Option "redis.tls" (given: a string) must be true, false or the options',
    ],
    [{ redis: { username: 5 } }, 'Option "redis.username" (given: a number) must be a string'],
    [
      { redis: { keyPrefix: 'a:' } },
      'Option "redis.keyPrefix" (given: "a:") is unknown; known are host, port',
    ],
    [
      { redis: { hots: 'h' } },
      'is unknown; known are host, port, username, password, tls, db, sentinels, cluster',
    ],
    [
      { redis: { sentinels: [] } },
      'Option "redis.sentinels" (given: an empty array) must have one sentinel at least',
    ],
    [
      { redis: { sentinels: 'h' } },
      'Option "redis.sentinels" (given: "h") must be an array of objects',
    ],
    [
      { redis: { sentinels: [{ host: 'h' }] } },
      'Option "redis.name" (given: undefined) is required',
    ],
    [
      { redis: { sentinels: [{ hots: 'h' }], name: 'main' } },
      'Option "redis.sentinels[0].hots" (given: "h") is unknown; known are host, port',
    ],
    [
      { redis: { sentinels: [{}], name: 'main', host: 'h' } },
      'Option "redis.host" (given: "h") is unknown; known are sentinels, name',
    ],
    [
      { redis: { cluster: [] } },
      'Option "redis.cluster" (given: an empty array) must be an array of URLs',
    ],
    [{ redis: { cluster: 'redis://h' } }, 'Option "redis.cluster" (given: a string) must be'],
    [
      { redis: { cluster: ['redis://h'], natMap: { here: { host: 'h', port: 1 } } } },
      'Option "redis.natMap["here"]" (given: {"host":"h","port":1}) must have a key of the form',
    ],
    [
      { redis: { cluster: ['redis://h'], natMap: { 'i:1': { host: 'h' } } } },
      'Option "redis.natMap["i:1"].port" (given: undefined) is required',
    ],
    [
      { redis: { sentinels: [{}], name: 'main', natMap: { 'i:1': 'h:1' } } },
      'Option "redis.natMap["i:1"]" (given: "h:1") must be { host, port }',
    ],
    [
      { redis: { host: 'h', natMap: {} } },
      'Option "redis.natMap" (given: {}) is unknown; known are host, port',
    ],
    [
      { redis: { cluster: [5] } },
      'Option "redis.cluster[0]" (given: a number) must be a URL or { host, port }',
    ],
    [
      { redis: { cluster: [{ url: 'redis://h' }] } },
      'Option "redis.cluster[0].url" (given: "redis://h") is unknown; known are host, port',
    ],
    [
      { redis: { cluster: ['http://h'] } },
      'Option "redis.cluster[0]" must be a URL such as redis://',
    ],
    [
      { redis: { cluster: ['redis://h/1'] } },
      'Option "redis.cluster[0]" must be a URL without the number of a database',
    ],
    [{ redis: { cluster: ['redis://h'], db: 1 } }, 'Option "redis.db" (given: 1) is unknown'],
    [
      { redis: { cluster: ['redis://u:a@h', 'redis://u:b@i'] } },
      'Option "redis.cluster" has two values of "password"',
    ],
    [{ cache, queue: { redis: { prt: 5 } } }, 'Option "queue.redis.prt" (given: 5) is unknown'],
    [{ updateInterwal: 5 }, 'Option "updateInterwal" (given: 5) is unknown; known are '],
    [{ constructor: 5 }, 'Option "constructor" (given: 5) is unknown'],
  ])('%o', (given, message) => {
    expect(() => resolveOptions(given)).toThrow(InvalidOptionsError);
    expect(() => resolveOptions(given)).toThrow(message);
  });

  test.each([
    [{ timeZone: 'Berlin' }, 'Option "windows.timeZone" (given: "Berlin") must be an IANA time'],
    [{ counters: [{ prefix: 'a' }] }, 'Option "windows.counters[0].windows" (given: undefined)'],
    [{ counters: [{ windows: ['day'] }] }, 'Option "windows.counters[0].prefix"'],
    [
      { counters: [{ prefix: 'a', windows: [] }] },
      'must be an array of one or more of minute, hour, day, month, week',
    ],
    [
      { counters: [{ prefix: 'a', windows: ['year'] }] },
      'must be an array of one or more of minute, hour',
    ],
    [
      { acceptPast: -1 },
      'Option "windows.acceptPast" (given: -1) must be a whole number from 0 to ',
    ],
    [{ retention: { year: 1 } }, 'Option "windows.retention.year" (given: 1) is unknown'],
    [{ retention: { day: -1 } }, 'Option "windows.retention.day" (given: -1)'],
    [
      { retention: { month: 1 } },
      'Option "windows.retention.month" (given: 1) must be 0 or a whole number from 3610000 to ',
    ],
    [{ retention: { minute: 3_609_999 } }, 'must be 0 or a whole number from 3610000 to '],
    [{ retention: { hour: 3_610_000.5 } }, 'must be 0 or a whole number from 3610000 to '],
    [{ zone: 'UTC' }, 'Option "windows.zone" (given: "UTC") is unknown'],
  ])('windows %j are refused', (windows, message) => {
    expect(() => resolveOptions({ windows })).toThrow(message);
  });

  test('windows are kept for longer than their counts may be on their way', () => {
    const retention = { minute: 3 * day + hour - 1 };
    const updateInterval = 3 * day;
    expect(() => resolveOptions({ updateInterval, windows: { retention } })).toThrow(
      'windows.retention.minute',
    );
    expect(resolveOptions({ updateInterval }).windows.retention).toEqual({
      minute: 3 * day + hour,
      hour: 62 * day,
      day: 0,
      week: 0,
      month: 0,
    });
  });

  test('limits of new counters have defaults', () => {
    const { newCounterLimits } = resolveOptions({ newCounterLimits: [{ prefix: 'q:', limit: 3 }] });
    expect(newCounterLimits).toEqual([
      { prefix: 'q:', limit: 3, interval: 60_000, overflow: 'q:(other)' },
    ]);
  });

  test.each([
    [5, 'Option "newCounterLimits" (given: 5) must be an array of objects'],
    [['x'], 'must be an array of objects'],
    [[{ limit: 1 }], 'Option "newCounterLimits[0].prefix" (given: undefined) is required'],
    [[{ prefix: 'a' }], 'Option "newCounterLimits[0].limit" (given: undefined) is required'],
    [[{ prefix: 1, limit: 1 }], 'must be the beginning of counter names'],
    [[{ prefix: 'a', limit: -1 }], 'must be a whole number from 0 to 1000000'],
    [[{ prefix: 'a', limit: 1, interval: 10 }], 'must be a whole number from 1000 to 86400000'],
    [[{ prefix: 'a', limit: 1, overflow: ' ' }], 'must not begin or end with white space'],
    [[{ prefix: 'a', limit: 1, max: 1 }], 'Option "newCounterLimits[0].max" (given: 1) is unknown'],
  ])('limits of new counters %j are refused', (newCounterLimits, message) => {
    expect(() => resolveOptions({ newCounterLimits })).toThrow(message);
  });

  const ranges: [string, number, number][] = [
    ['updateInterval', 0, 7 * day],
    ['maxBufferedNames', 1, 10_000_000],
    ['linger', 0, 1_000],
    ['acknowledgeTimeout', 100, hour],
    ['commandTimeout', 100, 60_000],
    ['databaseTimeout', 100, 600_000],
    ['flushTimeout', 100, hour],
    ['shutdownTimeout', 100, hour],
    ['idempotencyTtl', 1_000, 30 * day],
    ['sweepInterval', 100, 60_000],
    ['queue.count', 1, 100],
    ['durableClaims.replicas', 0, 10],
    ['durableClaims.timeout', 10, 60_000],
  ];
  const withOption = (path: string, value: unknown): unknown => {
    const [key = '', inner] = path.split('.');
    // a key is known for longer than an increment waits
    const others = key === 'idempotencyTtl' ? { acknowledgeTimeout: 100 } : {};
    return { ...others, [key]: inner === undefined ? value : { [inner]: value } };
  };

  test.each(ranges)('when %s is not a whole number from %i to %i', (key, min, max) => {
    for (const value of [min, max]) {
      expect(() => resolveOptions(withOption(key, value))).not.toThrow();
    }
    const wrong: [unknown, string][] = [
      [min - 1, String(min - 1)],
      [max + 1, String(max + 1)],
      [min + 0.5, String(min + 0.5)],
      [NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [String(min), `"${min}"`],
      [BigInt(min), `${min}n`],
      [null, 'null'],
    ];
    for (const [value, shown] of wrong) {
      const message = `Option "${key}" (given: ${shown}) must be a whole number from ${min} to ${max}`;
      expect(() => resolveOptions(withOption(key, value))).toThrow(message);
    }
  });

  test.each([
    [{ redis: 'redis://localhost', cache }, 'Options "redis" and "cache" are both given'],
    [
      { queue: { redis: 'redis://localhost' } },
      'Option "queue.redis" is given without "redis" or "cache"',
    ],
    [{ workers: false }, 'Option "workers" is false without a Redis in "redis" or "cache"'],
    [
      { durableClaims: { replicas: 1, timeout: 5_000 } },
      'Option "durableClaims.timeout" (5000) must be less than "commandTimeout" (5000)',
    ],
    [
      { durableClaims: { disk: true }, commandTimeout: 800 },
      'Option "durableClaims.timeout" (1000) must be less than "commandTimeout" (800)',
    ],
    [
      { idempotencyTtl: 10_000 },
      'Option "idempotencyTtl" (10000) must be more than "acknowledgeTimeout" (10000)',
    ],
  ])('when they cannot go together: %o', (given, message) => {
    expect(() => resolveOptions(given)).toThrow(InvalidOptionsError);
    expect(() => resolveOptions(given)).toThrow(message);
  });
});

test.each([
  [{ durableClaims: { replicas: 1, timeout: 4_999 } }],
  [{ durableClaims: { timeout: 5_000 } }],
  [{ commandTimeout: 100 }],
  [{ idempotencyTtl: 1_000, acknowledgeTimeout: 999 }],
  [{ acknowledgeTimeout: 100, commandTimeout: 60_000, flushTimeout: 100, shutdownTimeout: 100 }],
  [{ sweepInterval: 60_000, flushTimeout: 100, updateInterval: 0 }],
])('times that are only unusual together are taken: %j', (given) => {
  expect(() => resolveOptions(given)).not.toThrow();
});

describe('an error about options', () => {
  const url = 'redis://user:sesame@localhost:6379';

  test.each<[string, unknown]>([
    ['instead of the options', url],
    ['in a list instead of the options', [url]],
    ['of a wrong protocol', { redis: url.replace('redis:', 'http:') }],
    ['of a wrong database', { redis: `${url}/sesame` }],
    ['that cannot be read', { redis: `${url}:x` }],
    ['in a list', { redis: [url] }],
    ['as host', { redis: { host: url } }],
    ['as port', { redis: { port: url } }],
    ['under an unknown key of the connection', { redis: { url } }],
    ['under an unknown key', { redisUrl: url }],
    ['inside an unknown key', { connection: { url } }],
    ['instead of the queue options', { queue: url }],
    ['in a list instead of the queue options', { queue: [url] }],
    ['as cache', { cache: url }],
    ['as namespace', { namespace: url }],
    ['as data source', { dataSource: [url] }],
    ['as the Redis of the queues', { queue: { redis: { url } } }],
    ['among sentinels', { redis: { sentinels: [url], name: 'main' } }],
    ['as a sentinel', { redis: { sentinels: [{ host: url }], name: 'main' } }],
    ['as a misspelt sentinel', { redis: { sentinels: [{ url }], name: 'main' } }],
    ['as the name of a primary', { redis: { sentinels: [{}], name: [url] } }],
    ['in a cluster', { redis: { cluster: [`${url}/x`] } }],
    ['instead of a cluster', { redis: { cluster: url } }],
    ['among nodes that differ', { redis: { cluster: [url, url.replace('sesame', 'open')] } }],
    ['as TLS', { redis: { tls: url } }],
    ['as a misspelt password', { redis: { passwort: 'sesame' } }],
    ['as a password of the wrong type', { redis: { password: ['sesame'] } }],
    ['as a flag', { workers: url }],
    ['as a number', { updateInterval: url }],
  ])('never quotes a password in a URL, or otherwise: %s', (_, given) => {
    expect(() => resolveOptions(given)).toThrow(InvalidOptionsError);
    expect(() => resolveOptions(given)).not.toThrow('sesame');
  });

  test('never quotes a TLS key in a list', () => {
    const given = { redis: { tls: [{ key: 'sesame' }] } };
    expect(() => resolveOptions(given)).not.toThrow('sesame');
  });
});
