import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { describe, expect, test } from 'vitest';
import {
  type FastCounterAsyncOptions,
  FastCounterModule,
  type FastCounterOptions,
  InvalidOptionsError,
} from '../../lib/index.js';
import { database, start } from './start.js';

const redis = 'redis://localhost:1';
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

/** Options that are wrong by themselves, with the key and the value that the error must quote. */
const WRONG: [options: unknown, key: string, value: string][] = [
  [{ updateIntervall: 5 }, 'updateIntervall', '5'],
  [{ updateInterval: -1 }, 'updateInterval', '-1'],
  [{ updateInterval: 0.5 }, 'updateInterval', '0.5'],
  [{ updateInterval: '10' }, 'updateInterval', '"10"'],
  [{ updateInterval: NaN }, 'updateInterval', 'NaN'],
  [{ updateInterval: 604_800_001 }, 'updateInterval', '604800001'],
  [{ updateInterval: null }, 'updateInterval', 'null'],
  [{ namespace: '' }, 'namespace', '""'],
  [{ namespace: 'a b' }, 'namespace', '"a b"'],
  [{ namespace: 'a'.repeat(65) }, 'namespace', '"aaa'],
  [{ namespace: '{x}' }, 'namespace', '"{x}"'],
  [{ namespace: 'a\n' }, 'namespace', '"a\\n"'],
  [{ namespace: 7 }, 'namespace', '7'],
  [{ workers: 'no' }, 'workers', '"no"'],
  [{ isGlobal: 1 }, 'isGlobal', '1'],
  [{ dataSource: '' }, 'dataSource', '""'],
  [{ dataSource: 7 }, 'dataSource', '7'],
  [{ maxBufferedNames: 0 }, 'maxBufferedNames', '0'],
  [{ linger: -1 }, 'linger', '-1'],
  [{ linger: 100, acknowledgeTimeout: 100 }, 'linger', '100'],
  [{ acknowledgeTimeout: 99 }, 'acknowledgeTimeout', '99'],
  [{ commandTimeout: 60_001 }, 'commandTimeout', '60001'],
  [{ flushTimeout: Infinity }, 'flushTimeout', 'Infinity'],
  [{ shutdownTimeout: [] }, 'shutdownTimeout', '[]'],
  [{ idempotencyTtl: 999 }, 'idempotencyTtl', '999'],
  [{ sweepInterval: 10n }, 'sweepInterval', '10n'],
  [{ queue: 'PersistCounter' }, 'queue', '"PersistCounter"'],
  [{ queue: 5 }, 'queue', '5'],
  [{ queue: null }, 'queue', 'null'],
  [{ queue: [] }, 'queue', '[]'],
  [{ queue: { count: 0 } }, 'queue.count', '0'],
  [{ queue: { count: 101 } }, 'queue.count', '101'],
  [{ queue: { prefix: 'a b' } }, 'queue.prefix', '"a b"'],
  [{ queue: { settings: 1 } }, 'queue.settings', '1'],
  [{ queue: { name: 'x' } }, 'queue.name', '"x"'],
  [{ redis, queue: { redis: 7 } }, 'queue.redis', 'number'],
  [{ redis, queue: { redis: { port: '1' } } }, 'queue.redis.port', '"1"'],
  [{ redis: 6379 }, 'redis', 'number'],
  [{ redis: { port: 65_536 } }, 'redis.port', '65536'],
  [{ redis: { host: '' } }, 'redis.host', '""'],
  [{ redis: { db: -1 } }, 'redis.db', '-1'],
  [{ redis: { url: 'redis://localhost' } }, 'redis.url', '"redis://localhost"'],
  [{ redis: { tls: 'yes' } }, 'redis.tls', '(given: a string)'],
  [{ cache: new Map() }, 'cache', 'object'],
  [{ cache: cyclic }, 'cache', 'object'],
];

const badOptions = (options: unknown) => () =>
  FastCounterModule.forRoot(options as FastCounterOptions);

function messageOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return (error as Error).message;
  }
  throw new Error('accepted');
}

describe('a wrong option', () => {
  test.each(WRONG)('%o is refused by its key and value', (options, key, value) => {
    const message = messageOf(badOptions(options));
    expect(message).toContain(`"${key}"`);
    expect(message).toContain(value);
    expect(message).not.toContain('\n');
  });

  test.each(WRONG)('%o is refused at start-up also from a factory', async (options, key, value) => {
    if (/^(isGlobal|dataSource|queue\.(count|prefix))$/.test(key)) {
      const beside = { ...(options as object), useFactory: () => ({ redis }) };
      const make = () => FastCounterModule.forRootAsync(beside);
      expect(messageOf(make)).toContain(`"${key}"`);
      return;
    }
    const counting = FastCounterModule.forRootAsync({ useFactory: () => options as object });
    const started = start({ imports: [await database(), counting] });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(`"${key}"`);
    await expect(started).rejects.toThrow(value);
  });

  test.each([[null], [7], ['redis://localhost'], [[]], [() => ({})]])(
    '%o is no options',
    async (options) => {
      expect(messageOf(badOptions(options))).toContain('options');
      const counting = FastCounterModule.forRootAsync({ useFactory: () => options as object });
      const imports = [await database(), counting];
      await expect(start({ imports })).rejects.toThrow(InvalidOptionsError);
    },
  );
});

test('nothing at all from the factory is refused', async () => {
  const useFactory = () => undefined as unknown as FastCounterOptions;
  const counting = FastCounterModule.forRootAsync({ queue: { count: 3 }, useFactory });
  const started = start({ imports: [await database(), counting] });
  await expect(started).rejects.toThrow(InvalidOptionsError);
});

describe('impossible together', () => {
  test.each([
    { options: { redis, cache: createCache() }, keys: ['redis', 'cache'] },
    { options: { queue: { redis } }, keys: ['queue.redis', 'redis'] },
    { options: { workers: false }, keys: ['workers'] },
  ])('$options', ({ options, keys }) => {
    const message = messageOf(badOptions(options));
    for (const key of keys) expect(message).toContain(`"${key}"`);
  });

  test.each([
    [{ isGlobal: false }, 'isGlobal', 'false'],
    [{ dataSource: 'counts' }, 'dataSource', '"counts"'],
    [{ queue: { count: 7 } }, 'queue.count', '7'],
    [{ queue: { prefix: 'Views' } }, 'queue.prefix', '"Views"'],
  ])('%o inside the factory', async (options, key, value) => {
    const counting = FastCounterModule.forRootAsync({ useFactory: () => options as object });
    const started = start({ imports: [await database(), counting] });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(`"${key}"`);
    await expect(started).rejects.toThrow(value);
  });

  test.each([
    ['none', {}],
    ['two', { useFactory: () => ({}), useExisting: 'x' }],
  ])('%s of the ways to get options', (_case, options) => {
    const make = () => FastCounterModule.forRootAsync(options);
    const message = messageOf(make);
    for (const way of ['useFactory', 'useClass', 'useExisting']) expect(message).toContain(way);
  });

  test('an unknown option beside the factory', () => {
    const options = { useFactory: () => ({}), updateIntervall: 5 } as FastCounterAsyncOptions;
    expect(messageOf(() => FastCounterModule.forRootAsync(options))).toContain('"updateIntervall"');
  });

  test('a cache without a store that can add across processes', async () => {
    class DatabaseStore {
      get = () => undefined;
      set = () => true;
      delete = () => true;
      clear = () => undefined;
    }
    const cache = createCache({ stores: [new Keyv(), new Keyv({ store: new DatabaseStore() })] });
    const started = start({ imports: [await database(), FastCounterModule.forRoot({ cache })] });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(/"cache".*DatabaseStore/);
  });

  test('a cache in memory whose counts another process should persist', async () => {
    const counting = FastCounterModule.forRoot({ cache: createCache(), workers: false });
    const started = start({ imports: [await database(), counting] });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow('"workers"');
  });
});

describe('a secret', () => {
  test.each([
    [{ redis: 'http://user:hunter2@localhost' }],
    [{ redis: 'redis://user:hunter2@localhost/x' }],
    [{ redis: 'hunter2' }],
    [{ redis: { password: ['hunter2'] } }],
    [{ redis: { password: 'hunter2', port: 0 } }],
    [{ redis: { passwort: 'hunter2' } }],
    [{ redis, queue: { redis: 'redis://:hunter2@localhost/-1' } }],
    [{ redis, cache: createCache(), queue: { redis: { password: 'hunter2' } } }],
  ])('in %o does not show in the message', (options) => {
    expect(messageOf(badOptions(options))).not.toContain('hunter2');
  });
});
