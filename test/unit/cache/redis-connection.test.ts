import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from '../../../lib/cache/redis/clients/redis-connection.js';

const local = { host: 'localhost', port: 6379, db: 0, tls: false };

describe('a Redis URL', () => {
  test.each<[string, object]>([
    ['redis://localhost', local],
    ['redis://', local],
    ['redis://localhost/', local],
    ['redis://10.0.0.1:6380/3', { ...local, host: '10.0.0.1', port: 6380, db: 3 }],
    ['rediss://redis.example', { ...local, host: 'redis.example', tls: true }],
    ['redis://[::1]:6380', { ...local, host: '::1', port: 6380 }],
    ['redis://:secret@localhost', { ...local, password: 'secret' }],
    ['redis://user@localhost', { ...local, username: 'user' }],
    ['redis://user:secret@localhost', { ...local, username: 'user', password: 'secret' }],
    ['redis://u%40x:p%3A%2F%40%25@localhost', { ...local, username: 'u@x', password: 'p:/@%' }],
    ['redis://:p%C3%A9@localhost', { ...local, password: 'pé' }],
  ])('%s is read', (url, connection) => {
    expect(parseRedisUrl(url)).toEqual({ username: undefined, password: undefined, ...connection });
  });

  test.each([
    ['', 'Invalid URL'],
    ['localhost:6379', 'the protocol must be redis: or rediss:'],
    ['http://localhost', 'the protocol must be redis: or rediss:'],
    ['valkey://localhost', 'the protocol must be redis: or rediss:'],
    ['redis://localhost:99999', 'Invalid URL'],
    ['redis://localhost/cache', 'the path must be the number of a database'],
    ['redis://localhost/-1', 'the path must be the number of a database'],
    ['redis://localhost/1.5', 'the path must be the number of a database'],
    ['redis://localhost/1/2', 'the path must be the number of a database'],
    ['redis://:%E0%A4%A@localhost', 'malformed'],
  ])('%s is refused', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(message);
  });

  test('is never part of its error', () => {
    for (const url of ['http://u:sesame@h', 'redis://u:sesame@h/x', 'redis://u:sesame@h:x']) {
      expect(() => parseRedisUrl(url)).toThrow();
      expect(() => parseRedisUrl(url)).not.toThrow('sesame');
    }
  });
});
