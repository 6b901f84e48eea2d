import { describe, expect, test } from 'vitest';
import { inspectServer } from '../../../lib/cache/redis/fitness/inspect-server.js';

const info = (fields: Record<string, string>): string =>
  ['# Server', ...Object.entries(fields).map(([key, value]) => `${key}:${value}`), ''].join('\r\n');

const sound = { redis_version: '7.2.4', maxmemory_policy: 'noeviction', aof_enabled: '1' };
const kinds = (fields: Record<string, string>) =>
  inspectServer(info({ ...sound, ...fields })).map(({ kind }) => kind);

describe('a Redis server', () => {
  test.each<Record<string, string>>([{}, { redis_version: '6.2.0' }, { redis_version: '10.0.1' }])(
    'is fine as %o',
    (fields) => {
      expect(kinds(fields)).toEqual([]);
    },
  );

  test.each(['6.0.16', '5.0.7', '2.8.24'])('of version %s is unusable', (redis_version) => {
    expect(kinds({ redis_version })).toEqual(['unusable']);
    expect(inspectServer(info({ ...sound, redis_version }))[0]?.message).toContain(redis_version);
  });

  test.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])(
    'that evicts by %s evicts what is not persisted',
    (maxmemory_policy) => {
      expect(kinds({ maxmemory_policy })).toEqual(['evicting']);
    },
  );

  test.each(['volatile-lru', 'volatile-ttl', 'volatile-random'])(
    'that evicts by %s evicts only what expires',
    (maxmemory_policy) => {
      expect(kinds({ maxmemory_policy })).toEqual([]);
    },
  );

  test('without an append-only file is worth a warning', () => {
    expect(kinds({ aof_enabled: '0' })).toEqual(['warning']);
  });

  test('that does not tell about itself is worth a warning', () => {
    expect(inspectServer('').map(({ kind }) => kind)).toEqual(['warning']);
  });

  test.each([
    ['7.0.15', ['unusable']],
    ['7.2.0', []],
    ['8.0.0', []],
  ])('of version %s, asked for claims on disk, has the problems %o', (redis_version, problems) => {
    const found = inspectServer(info({ ...sound, redis_version }), { disk: true });
    expect(found.map(({ kind }) => kind)).toEqual(problems);
  });

  test('may have several problems', () => {
    const fields = { redis_version: '5.0.0', maxmemory_policy: 'allkeys-lru', aof_enabled: '0' };
    expect(kinds(fields)).toEqual(['unusable', 'evicting', 'warning']);
  });
});
