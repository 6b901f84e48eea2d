import {
  All,
  Controller,
  type ExecutionContext,
  Get,
  Options,
  Query,
  type Type,
  UnauthorizedException,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, inject, test } from 'vitest';
import { InvalidOptionsError, Quota, type QuotaRule } from '../../lib/index.js';
import { ADAPTERS, serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;

interface Request {
  headers: Record<string, string | undefined>;
  query: Record<string, unknown>;
}
const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<Request>();
const tenant = (context: ExecutionContext) => requestOf(context).headers['x-tenant'];
const asked = (context: ExecutionContext) => requestOf(context).query.value as number;
const number = (context: ExecutionContext) => Number(requestOf(context).query.value);

@Controller()
class Routes {
  @Get('endless')
  @Quota({ name: 'endless', timeout: PATIENT, limit: () => Infinity, window: 'day' })
  endless(): string {
    return 'ok';
  }

  @Get('constant')
  @Quota({ name: 'constant', timeout: PATIENT, limit: Infinity })
  constant(): string {
    return 'ok';
  }

  @Get('plan')
  @Quota([
    {
      name: 'plan',
      timeout: PATIENT,
      limit: (context) => (requestOf(context).query.value === 'pro' ? 50 : 5),
    },
    { name: 'plan.all', timeout: PATIENT, limit: Infinity },
  ])
  plan(): string {
    return 'ok';
  }

  @Get('tenant')
  @Quota({ name: 'tenant', timeout: PATIENT, limit: 3, dimensions: { tenant } })
  ofTenant(): string {
    return 'ok';
  }

  @Get('large')
  @Quota({ name: 'large', timeout: PATIENT, limit: 2n ** 60n, delta: 2n ** 59n })
  large(): string {
    return 'ok';
  }

  @Get('methods')
  @Quota({ name: 'methods', timeout: PATIENT, limit: 2 })
  methods(): string {
    return 'ok';
  }

  @Options('methods')
  preflight(): string {
    return 'ok';
  }

  @All('all')
  @Quota({ name: 'every', timeout: PATIENT, limit: 100 })
  every(): string {
    return 'ok';
  }
}

/** What a function of a rule may have from a body, and what it may not. */
const made = (context: ExecutionContext): string => {
  const { of } = context.switchToHttp().getRequest<{ query: { of: string } }>().query;
  const values = { list: ['a'], object: { a: 'b' }, nothing: NaN, date: new Date() };
  return values[of as keyof typeof values] as unknown as string;
};

/** New ones: each mistake of a rule is told once. */
function calculating(): Type {
  @Controller()
  class Calculating {
    @Get('limit')
    @Quota({ name: 'limit', timeout: PATIENT, limit: asked })
    limit(): string {
      return 'ok';
    }

    @Get('delta')
    @Quota({ name: 'delta', timeout: PATIENT, limit: 10, delta: number })
    delta(@Query('value') value: string): string {
      return value;
    }

    @Get('dimension')
    @Quota({ name: 'dimension', timeout: PATIENT, limit: 10, dimensions: { of: asked } })
    dimension(): string {
      return 'ok';
    }

    @Get('made')
    @Quota({ name: 'made', timeout: PATIENT, limit: 10, dimensions: { of: made } })
    made(): string {
      return 'ok';
    }
  }
  return Calculating;
}

const statuses = async (calls: Promise<Response>[]) =>
  (await Promise.all(calls)).map(({ status }) => status);

describe.each(ADAPTERS)('@Quota() on %s', (_, adapter) => {
  test('without a limit lets everything through, counts it, and tells of no limit', async () => {
    const { metering, call } = await serve(adapter(), [Routes]);
    const answers = [await call('endless'), await call('endless'), await call('constant')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { headers } of answers) {
      for (const name of ['limit', 'remaining', 'reset']) {
        expect(headers.get(`ratelimit-${name}`)).toBeNull();
      }
    }
    expect(await metering.total('endless')).toBe(2);
    expect(await metering.total('constant')).toBe(1);
    const plan = await call('plan');
    expect(plan.headers.get('ratelimit-limit')).toBe('5');
    expect(await metering.total('plan.all')).toBe(1);
  });

  test('answers 500 to what the application got wrong, says it once in the log, and takes nothing', async () => {
    const { metering, call, logged } = await serve(adapter(), [calculating()]);
    const wrong = [
      ...['limit', 'delta?value=1.5', 'delta?value=-5', 'delta?value=x'],
      ...['made?of=nothing', 'made?of=date'],
    ];
    for (const path of [...wrong, ...wrong]) {
      const answered = await call(path);
      expect([path, answered.status]).toEqual([path, 500]);
      const body = (await answered.json()) as { message: string };
      expect(body.message).toBe('Internal Server Error');
    }
    expect(logged).toHaveLength(3);
    expect(logged[0]).toMatch(
      /@Quota\(\) of "limit" answers calls with 500: the answer of limit is/,
    );
    expect(logged[0]).toContain('limit must be a number or a bigint, not undefined');
    expect(logged[1]).toContain('delta must be a safe integer, not 1.5');
    expect(logged[2]).toContain('the answer of dimension of is wrong: must be a string');
    expect(await metering.total('delta')).toBe(0);
    expect(await metering.total('made')).toBe(0);
  });

  test('answers 400 to a key that a client made a list or an object, and logs nothing', async () => {
    const { metering, call, logged } = await serve(adapter(), [calculating()]);
    const keys = ['dimension?value=a&value=b', 'made?of=list', 'made?of=object'];
    for (const path of keys) {
      const answered = await call(path);
      expect([path, answered.status]).toEqual([path, 400]);
      expect(await answered.json()).toMatchObject({ message: 'The quota key is not valid' });
    }
    expect(logged).toEqual([]);
    expect(await metering.total('dimension')).toBe(0);
  });

  test('takes nothing by a delta of 0, and lets it pass until the limit is used', async () => {
    const { metering, call } = await serve(adapter(), [calculating()]);
    const free = await call('delta?value=0');
    expect([free.status, free.headers.get('ratelimit-remaining')]).toEqual([200, '10']);
    expect((await call('delta?value=10')).status).toBe(200);
    expect((await call('delta?value=0')).status).toBe(429);
    expect(await metering.total('delta')).toBe(10);
  });

  test('answers 400 to a request without a key, or with one that no counter can have', async () => {
    const { metering, call, logged } = await serve(adapter(), [Routes]);
    const of = async (headers: Record<string, string>) => {
      const answered = await call('tenant', headers);
      return [answered.status, ((await answered.json()) as { message: string }).message];
    };
    expect(await of({})).toEqual([400, 'The quota key is missing']);
    expect(await of({ 'x-tenant': '' })).toEqual([400, 'The quota key is missing']);
    expect(await of({ 'x-tenant': 'x'.repeat(300) })).toEqual([400, 'The quota key is not valid']);
    expect((await call('tenant', { 'x-tenant': 'a, b' })).status).toBe(200);
    expect(await metering.total('tenant', { tenant: 'a, b' })).toBe(1);
    expect(await metering.total('tenant')).toBe(0);
    expect(logged).toEqual([]);
  });

  test('answers 429 to a new key where no more new counters are allowed', async () => {
    const { metering, call } = await serve(adapter(), [Routes], {
      newCounterLimits: [{ prefix: 'tenant{', limit: 2 }],
    });
    const of = (name: string) => call('tenant', { 'x-tenant': name });
    expect(await statuses(['a', 'b'].map(of))).toEqual([200, 200]);
    const crowded = await of('c');
    expect(crowded.status).toBe(429);
    expect(await crowded.json()).toMatchObject({
      message: 'Too many new quota keys; try again later',
    });
    expect((await of('a')).status).toBe(200);
    expect(await metering.total('tenant', { tenant: 'c' })).toBe(0);
    expect(await metering.total('tenant{(other)')).toBe(0);
  });

  test('takes for HEAD as for GET, and for OPTIONS only where it reaches the route', async () => {
    const { metering, call } = await serve(adapter(), [Routes]);
    const head = await call('methods', {}, 'HEAD');
    expect([head.status, head.headers.get('ratelimit-remaining')]).toEqual([200, '1']);
    expect((await call('methods', {}, 'OPTIONS')).status).toBeLessThan(300);
    expect((await call('methods')).status).toBe(200);
    expect((await call('methods', {}, 'HEAD')).status).toBe(429);
    expect(await metering.total('methods')).toBe(2);
    expect((await call('all', {}, 'OPTIONS')).status).toBe(200);
    expect(await metering.total('every')).toBe(1);
  });

  test('is exact beyond 2^53', async () => {
    const { metering, call } = await serve(adapter(), [Routes], { redis: inject('redisUrl') });
    expect(await statuses([call('large'), call('large')])).toEqual([200, 200]);
    const refused = await call('large');
    expect([refused.status, refused.headers.get('ratelimit-limit')]).toEqual([429, `${2n ** 60n}`]);
    expect(await metering.total('large', {}, { bigint: true })).toBe(2n ** 60n);
  });
});

test.each<[unknown, string]>([
  [{ name: ' a', limit: 1 }, 'must not begin or end with white space'],
  [{ name: 'a' }, 'limit must be a number or a bigint, not undefined'],
  [{ name: 'a', limit: NaN }, 'limit must be a safe integer'],
  [{ name: 'a', limit: '5' }, 'limit must be a number or a bigint, not "5"'],
  [{ name: 'a', limit: -1 }, 'limit must not be below 0'],
  [{ name: 'a', limit: 1, delta: -1 }, 'delta must not be below 0'],
  [{ name: 'a', limit: 1, delta: 0.5 }, 'delta must be a safe integer'],
  [{ name: 'a', limit: 1, windw: 'month' }, '@Quota() has no option "windw"; it has name, limit'],
  [{ name: 'a', limit: 1, window: 'year' }, 'window must be minute'],
  [{ name: 'a', limit: 1, whenUnavailable: 'deny' }, "whenUnavailable must be 'allow' or 'refuse'"],
  [{ name: 'a', limit: 1, timeout: 0 }, 'timeout must be milliseconds'],
  [{ name: 'a', limit: 1, dimensions: new Map() }, 'dimensions must be an object'],
  [{ name: 'a', limit: 1, dimensions: { 'x y': () => 1 } }, 'The name of a dimension must be'],
  [{ name: 'a', limit: 1, dimensions: { x: ['a', 'b'] } }, 'Dimension "x" must be'],
  [{ name: 'a', limit: 1, dimensions: { x: { a: 1 } } }, 'Dimension "x" must be'],
  [{ name: 'a', limit: 1, dimensions: { x: '' } }, 'Dimension "x" must not be empty'],
  [{ name: 'a{b}', limit: 1, dimensions: { x: 1 } }, 'without { and }'],
  [[], 'needs at least one rule'],
  [null, 'must be an object, not null'],
  [[{ name: 'a', limit: 1 }, 5], 'must be an object, not 5'],
])('@Quota(%o) is refused when the class is defined', (rule, message) => {
  expect(() => Quota(rule as QuotaRule)).toThrow(InvalidOptionsError);
  expect(() => Quota(rule as QuotaRule)).toThrow(message);
});

test('what a function of a rule throws is answered as it is', async () => {
  @Controller()
  class Refusing {
    @Get()
    @Quota({
      name: 'refusing',
      limit: 5,
      dimensions: {
        tenant: () => {
          throw new UnauthorizedException('Who are you?');
        },
      },
    })
    get(): string {
      return 'ok';
    }
  }
  const { call } = await serve(new ExpressAdapter(), [Refusing]);
  const answered = await call('');
  expect([answered.status, await answered.json()]).toMatchObject([
    401,
    { message: 'Who are you?' },
  ]);
});
