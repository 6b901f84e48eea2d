import { randomUUID } from 'node:crypto';
import { createClient } from '@keyv/redis';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { FastCounterHealthIndicator } from '../../lib/health/index.js';
import { CounterService, FastCounterModule, getFastCounterToken } from '../../lib/index.js';
import { FastCounterTestingModule } from '../../lib/testing/index.js';
import { grantCounters } from '../support/servers/counter-database.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { typeOrm } from '../support/surroundings.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: FastCounterHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  all() {
    return this.health.check([
      () => this.indicator.counting('counting'),
      () => this.indicator.persisting('persisting'),
      () => this.indicator.intact('intact'),
      () => this.indicator.counting('billing', { module: 'billing' }),
      () => this.indicator.persisting('billed', { module: 'billing' }),
    ]);
  }

  @Get('details')
  @HealthCheck()
  details() {
    return this.health.check([() => this.indicator.counting('counting', { details: true })]);
  }
}

interface Answered {
  httpStatus: number;
  details: Record<string, { status: string; codes: string[]; problems?: { text: string }[] }>;
}

let redis: RedisServer;
let postgres: PostgresServer;
let owner: string;
let app: INestApplication;
let counters: CounterService;
let url: string;

async function ask(path = ''): Promise<Answered> {
  const response = await fetch(`${url}/health${path}`);
  const { details } = (await response.json()) as Pick<Answered, 'details'>;
  return { httpStatus: response.status, details };
}

/** What is not `up` without codes. */
async function unwell(): Promise<Record<string, string>> {
  const { details } = await ask();
  return Object.fromEntries(
    Object.entries(details)
      .map(([key, { status, codes }]) => [key, [status, ...codes].join(' ')] as const)
      .filter(([, text]) => text !== 'up'),
  );
}

/** Whatever becomes of it. */
const count = (name: string): void => void counters.incr(name).catch(() => undefined);

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  owner = await postgres.createDatabase();
  const databaseUrl = await grantCounters(owner);
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      typeOrm(databaseUrl),
      FastCounterModule.forRoot({
        ...{ redis: redis.url, updateInterval: 200, sweepInterval: 200 },
        ...{ acknowledgeTimeout: 1500, commandTimeout: 500, maxBufferedNames: 10 },
      }),
      FastCounterModule.forRoot({
        ...{ name: 'billing', redis: inject('redisUrl'), workers: false },
        namespace: `health-${randomUUID().slice(0, 8)}`,
      }),
    ],
    controllers: [HealthController],
    providers: [FastCounterHealthIndicator],
  })
  class HealthModule {}
  app = await NestFactory.create(HealthModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  counters = app.get(CounterService);
});
afterAll(async () => {
  await app.close();
  await Promise.all([redis.stop(), postgres.stop()]);
});

describe('the health of counting', () => {
  test('is up where all is well, also of a module without workers for which nothing waits', async () => {
    await counters.incr('first');
    await counters.flush();
    await expect.poll(unwell).toEqual({});
    expect((await ask()).httpStatus).toBe(200);
    expect(await ask('/details')).toEqual({
      httpStatus: 200,
      details: { counting: { status: 'up', codes: [], problems: [] } },
    });
  });

  test('is down while Redis is frozen, and says why without the texts of servers', async () => {
    redis.pause();
    count('frozen');
    await expect
      .poll(async () => (await ask('/details')).details.counting)
      .toMatchObject({
        status: 'down',
        codes: expect.arrayContaining(['FC-REDIS-AWAY', 'FC-NOT-ACCEPTING']) as string[],
      });
    const { httpStatus, details } = await ask();
    expect(httpStatus).toBe(503);
    expect(Object.keys(details.counting ?? {}).sort()).toEqual(['codes', 'status']);
    // another Redis; and counts may be late for longer
    expect(details).toMatchObject({
      billing: { status: 'up', codes: [] },
      persisting: { status: 'up', codes: expect.arrayContaining(['FC-REDIS-AWAY']) as string[] },
      intact: { status: 'up', codes: ['FC-REDIS-AWAY'] },
    });
    const [problem] = (await ask('/details')).details.counting?.problems ?? [];
    expect(problem?.text).toMatch(/Redis does not answer/);

    redis.resume();
    await expect.poll(unwell).toEqual({});
  });

  test('is down while Redis is full, or the buffer nearly', async () => {
    const admin = await createClient({ url: redis.url }).connect();
    await admin.configSet('maxmemory', '1');
    count('full');
    await expect.poll(unwell).toMatchObject({ counting: 'down FC-NOT-ACCEPTING' });
    for (let i = 0; i < 8; i++) count(`full-${i}`);
    await expect.poll(unwell).toMatchObject({
      counting: expect.stringMatching(/^down FC-NOT-ACCEPTING FC-BACKPRESSURE/) as string,
    });
    await admin.configSet('maxmemory', '0');
    admin.destroy();
    await expect.poll(unwell).toEqual({});
  });

  test('is up while the database is away, with the codes of what is wrong', async () => {
    await postgres.kill();
    count('later');
    await expect.poll(unwell).toMatchObject({
      persisting: expect.stringMatching(/^up .*FC-NOT-PERSISTING/) as string,
    });
    expect(await unwell()).not.toHaveProperty('counting');
    await postgres.restart();
    await expect.poll(unwell).toEqual({});
  });

  test('is not intact while counts are put aside', async () => {
    const client = new pg.Client(owner);
    await client.connect();
    await client.query('ALTER TABLE fast_counter ADD CONSTRAINT few CHECK (value < 1000)');
    await counters.incr('many', 1001);
    await expect.poll(unwell).toEqual({ intact: 'down FC-REFUSED-ROWS' });
    await client.end();
  });
});

describe('a check', () => {
  test('names the option that is wrong, and a module that is not there', async () => {
    const indicator = app.get(FastCounterHealthIndicator);
    const message = async (options: unknown): Promise<string> =>
      indicator.counting('key', options as object).then(
        () => '',
        (error: unknown) => String(error),
      );
    expect(await message('all')).toMatch(/must be an object, not "all"/);
    expect(await message({ detail: true })).toMatch(/"detail" is unknown.*"details" and "module"/);
    expect(await message({ details: 1 })).toMatch(/"details" must be true or false, not 1/);
    expect(await message({ module: 1 })).toMatch(/"module" must be the name/);
    expect(await message({ module: 'absent' })).toMatch(
      /no FastCounterModule with the name "absent"/,
    );
    expect(app.get(getFastCounterToken(CounterService, 'billing'))).toBeDefined();
  });

  test('is answered in tests of users', async () => {
    @Module({
      imports: [TerminusModule, FastCounterTestingModule.forRoot()],
      providers: [FastCounterHealthIndicator],
    })
    class TestedModule {}
    const tested = await NestFactory.createApplicationContext(TestedModule, { logger: false });
    const indicator = tested.get(FastCounterHealthIndicator);
    expect(await indicator.counting('counting')).toEqual({ counting: { status: 'up', codes: [] } });
    expect(await indicator.persisting('rows')).toEqual({ rows: { status: 'up', codes: [] } });
    await tested.close();
  });
});
