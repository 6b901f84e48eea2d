import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { startRedis } from '../support/servers/redis.js';

const MAIN = fileURLToPath(new URL('../support/processes/failing-main.mjs', import.meta.url));
/** Long after all that ends by itself, in milliseconds. */
const PATIENCE = 100_000;
const NOWHERE = 'redis://127.0.0.1:1';

interface Start {
  databaseUrl?: string;
  database?: object;
  options?: object;
  factory?: boolean;
  /** The hook of another module that fails, and whether it counts before. */
  failing?: { hook: string; counts?: boolean };
  /** Whether the application is closed then. */
  closes?: boolean;
}

let sharedDatabase: string;

beforeAll(async () => {
  sharedDatabase = await createDatabase(inject('databaseUrl'));
});

/** Answers why the start failed, when its process has ended by itself. */
async function refusalOf(how: Start & { testing?: boolean }): Promise<string> {
  const options = { redis: inject('redisAdminUrl'), namespace: `failing-${randomUUID()}` };
  const configuration = {
    databaseUrl: sharedDatabase,
    ...how,
    options: { ...options, ...how.options },
  };
  const argument = JSON.stringify(configuration);
  const { killed, output } = await new Promise<{ killed: boolean; output: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, argument],
      { timeout: PATIENCE, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ killed: child.killed, output: stdout + stderr }),
    );
  });
  expect(killed, `It was still there: ${output}`).toBe(false);
  return /refused: (\S+)/.exec(output)?.[1] ?? output;
}

const WITHOUT_DATABASE = { databaseUrl: 'postgres://127.0.0.1:1/x' };

it.concurrent('the process of a testing module whose start fails ends by itself', async () => {
  const refused = ['ECONNREFUSED', 'INVALID_OPTIONS'];
  const ways = [WITHOUT_DATABASE, { database: { autoLoadEntities: false } }];
  const codes = await Promise.all(ways.map((how) => refusalOf({ ...how, testing: true })));
  expect(codes).toEqual(refused);
});

describe('the process of an application whose start fails ends by itself', () => {
  it.concurrent.each<[what: string, how: Start, code: string]>([
    ['without its database', WITHOUT_DATABASE, 'ECONNREFUSED'],
    [
      'without its database and Redis',
      { ...WITHOUT_DATABASE, options: { redis: NOWHERE } },
      'ECONNREFUSED',
    ],
    [
      'embedded, without its database',
      { ...WITHOUT_DATABASE, options: { redis: undefined } },
      'ECONNREFUSED',
    ],
    [
      'with a data source that does not know the tables',
      { database: { autoLoadEntities: false } },
      'INVALID_OPTIONS',
    ],
    [
      'with an option that is refused by then',
      { factory: true, options: { updateInterval: -1 } },
      'INVALID_OPTIONS',
    ],
  ])(
    '%s',
    async (_what, how, code) => {
      expect(await refusalOf(how)).toBe(code);
    },
    2 * PATIENCE,
  );

  it(
    'with a Redis that evicts counts',
    async () => {
      const redis = await startRedis({ arguments: ['--maxmemory-policy', 'allkeys-lru'] });
      onTestFinished(() => redis.stop());
      const options = { redis: redis.url };
      expect(await refusalOf({ options })).toBe('INVALID_OPTIONS');
    },
    2 * PATIENCE,
  );

  it(
    'with a database that holds no names, and no Redis yet',
    async () => {
      const name = `ascii_${randomUUID().replaceAll('-', '')}`;
      const client = new pg.Client(inject('databaseUrl'));
      await client.connect();
      await client
        .query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'`)
        .finally(() => client.end());
      const url = new URL(inject('databaseUrl'));
      url.pathname = name;
      const how = { databaseUrl: url.href, options: { redis: NOWHERE } };
      expect(await refusalOf(how)).toBe('INVALID_OPTIONS');
    },
    2 * PATIENCE,
  );
});

describe('the process of an application ends by itself when a hook of another module fails', () => {
  it.concurrent.for<[what: string, how: Start]>([
    ['onModuleInit', { failing: { hook: 'onModuleInit' } }],
    [
      'onModuleInit, without Redis',
      { failing: { hook: 'onModuleInit' }, options: { redis: NOWHERE } },
    ],
    ['onModuleInit, and it is closed', { failing: { hook: 'onModuleInit' }, closes: true }],
    [
      'onModuleInit, and it is closed without Redis',
      { failing: { hook: 'onModuleInit' }, options: { redis: NOWHERE }, closes: true },
    ],
    [
      'onApplicationBootstrap after it counted, and it is closed',
      { failing: { hook: 'onApplicationBootstrap', counts: true }, closes: true },
    ],
  ])('%s', { timeout: 2 * PATIENCE }, async ([, how], { expect }) => {
    const databaseUrl = await createDatabase(inject('databaseUrl'));
    expect(await refusalOf({ ...how, databaseUrl })).toBe('OF_ANOTHER');
  });
});
