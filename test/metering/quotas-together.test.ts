import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { CounterService, InvalidOptionsError, Quota } from '../../lib/index.js';
import { QuotaTaker } from '../../lib/metering/service/quota-taker.js';
import { startRedis } from '../support/servers/redis.js';
import { ADAPTERS, serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;

interface Request {
  headers: Record<string, string | undefined>;
  user?: string;
}
const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<Request>();

@Injectable()
class Login implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    request.user = request.headers['x-user'];
    return request.user !== undefined;
  }
}

@Controller()
@Quota({ name: 'all', timeout: PATIENT, limit: 10, window: 'month' })
class Reports {
  @Get('both')
  @Quota({ name: 'daily', timeout: PATIENT, limit: 2, window: 'day' })
  both(): string {
    return 'both';
  }

  @Get('several')
  @Quota([
    { name: 'wide', timeout: PATIENT, limit: 5, delta: 2 },
    { name: 'narrow', timeout: PATIENT, limit: 3, delta: 2 },
  ])
  @Quota({ name: 'more', timeout: PATIENT, limit: 100 })
  several(): string {
    return 'several';
  }

  @Get('user')
  @Quota({
    name: 'user',
    timeout: PATIENT,
    limit: 2,
    dimensions: { user: (context) => requestOf(context).user },
  })
  @UseGuards(Login)
  ofUser(): string {
    return 'user';
  }

  @Get('alone')
  alone(): string {
    return 'alone';
  }
}

@Controller('child')
@Quota({ name: 'child', timeout: PATIENT, limit: 1 })
class Child extends Reports {}

describe.each(ADAPTERS)('several quotas of a call on %s', (_, adapter) => {
  test('are all or nothing: a refused call has taken nothing', async () => {
    const { metering, call } = await serve(adapter(), [Reports]);
    const statuses: number[] = [];
    for (let made = 0; made < 5; made++) statuses.push((await call('both')).status);
    expect(statuses).toEqual([200, 200, 429, 429, 429]);
    expect([await metering.total('all'), await metering.total('daily')]).toEqual([2, 2]);
    const from = Date.now();
    const [month] = await metering.series('all', { window: 'month', from });
    expect(month?.value).toBe(2);
  });

  test('stand in an array, in several decorators, and on the controller', async () => {
    const { metering, call } = await serve(adapter(), [Reports]);
    const taken = async () =>
      Promise.all(['wide', 'narrow', 'more', 'all'].map((name) => metering.total(name)));
    expect((await call('several')).status).toBe(200);
    expect(await taken()).toEqual([2, 2, 1, 1]);
    expect((await call('several')).status).toBe(429);
    expect(await taken()).toEqual([2, 2, 1, 1]);
  });

  test('tell of the one that refused, or of the one with the least left', async () => {
    const { call } = await serve(adapter(), [Reports]);
    const told = ({ headers }: Response) =>
      ['limit', 'remaining'].map((name) => headers.get(`ratelimit-${name}`));
    const [first, second] = [await call('several'), await call('several')];
    expect(told(first)).toEqual(['3', '1']);
    expect(first.headers.get('ratelimit-reset')).toBeNull();
    expect(told(second)).toEqual(['3', '1']);
    expect(await second.json()).toMatchObject({ message: 'The quota of 3 is used up' });
    for (let made = 0; made < 2; made++) await call('both');
    const refused = await call('both');
    expect(told(refused)).toEqual(['2', '0']);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    expect(await refused.json()).toMatchObject({ message: 'The quota of 2 per day is used up' });
    expect(told(await call('alone'))).toEqual(['10', '6']);
    const month = (structured: string | null) => structured?.replace(/;[tw]=\d+/, ';*');
    expect(first.headers.get('ratelimit-policy')).toMatch(
      /^"all";q=10;w=2(?:419200|505600|592000|678400), "more";q=100, "wide";q=5, "narrow";q=3$/,
    );
    expect(month(first.headers.get('ratelimit'))).toBe(
      '"all";r=9;*, "more";r=99, "narrow";r=1, "wide";r=3',
    );
    expect(second.headers.get('ratelimit-policy')).toBe(first.headers.get('ratelimit-policy'));
    expect(second.headers.get('ratelimit')).toBe('"narrow";r=1');
    expect(refused.headers.get('ratelimit')).toBe(
      `"daily";r=0;t=${String(refused.headers.get('retry-after'))}`,
    );
  });

  test('are taken behind the guards of the route, and not where one of them refuses', async () => {
    const { metering, call } = await serve(adapter(), [Reports]);
    expect((await call('user')).status).toBe(403);
    expect(await metering.total('all')).toBe(0);
    const ann = { 'x-user': 'ann' };
    const statuses: number[] = [];
    for (let made = 0; made < 3; made++) statuses.push((await call('user', ann)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(await metering.total('all')).toBe(2);
    expect(await metering.total('user', { user: 'ann' })).toBe(2);
  });

  test('are those that a controller inherits, too', async () => {
    const { metering, call } = await serve(adapter(), [Child]);
    const statuses = [(await call('child/alone')).status, (await call('child/both')).status];
    expect(statuses).toEqual([200, 429]);
    expect([await metering.total('all'), await metering.total('daily')]).toEqual([1, 0]);
  });

  test('of many calls at once let through what all of them allow, and no more is taken', async () => {
    const { metering, call } = await serve(adapter(), [Reports], { redis: inject('redisUrl') });
    const answers = await Promise.all(Array.from({ length: 40 }, () => call('both')));
    const allowed = answers.filter(({ status }) => status === 200).length;
    expect(allowed).toBe(2);
    expect([await metering.total('all'), await metering.total('daily')]).toEqual([2, 2]);
  });
});

test('what a refused call took goes back to the window that it was taken from', async () => {
  @Controller()
  class Sliding {
    @Get()
    @Quota([
      { name: 'a.hourly', timeout: PATIENT, limit: 5, window: 'hour' },
      { name: 'b.none', timeout: PATIENT, limit: 0 },
    ])
    get(): string {
      return 'never';
    }
  }
  const { app, metering, call } = await serve(new ExpressAdapter(), [Sliding]);
  // the hour ends while a call is under way
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 22, 12, 59, 59) });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const taker = app.get(QuotaTaker, { strict: false });
  const take = taker.take.bind(taker);
  vi.spyOn(taker, 'take').mockImplementation((bound, now) => {
    if (bound.counter === 'b.none') {
      vi.setSystemTime(Date.UTC(2026, 10, 22, 13));
    }
    return take(bound, now);
  });
  expect((await call('')).status).toBe(429);
  const from = Date.UTC(2026, 10, 22, 12);
  const hours = await metering.series('a.hourly', { window: 'hour', from, to: from + 7_200_000 });
  expect(hours.map(({ value }) => value)).toEqual([0, 0]);
  expect(await app.get(CounterService).getCount('a.hourly')).toBe(0);
});

test('while Redis is away a refused call takes nothing in the end', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  @Controller()
  class Strict {
    @Get()
    @Quota([
      { name: 'a.lenient', limit: 50, timeout: 20_000 },
      { name: 'b.strict', limit: 50, timeout: 20_000, whenUnavailable: 'refuse' },
    ])
    get(): string {
      return 'ok';
    }

    @Get('lenient')
    @Quota({ name: 'c.lenient', limit: 50, timeout: 20_000 })
    lenient(): string {
      return 'ok';
    }
  }
  const options = { redis: redis.url, acknowledgeTimeout: 2000, shutdownTimeout: 2000 };
  const { metering, call } = await serve(new ExpressAdapter(), [Strict], options);
  expect([(await call('')).status, (await call('lenient')).status]).toEqual([200, 200]);
  redis.pause();
  const during = await Promise.all([call(''), call(''), call('lenient')]);
  expect(during.map(({ status }) => status)).toEqual([503, 503, 200]);
  // beyond acknowledgeTimeout: their callers were told that the outcome is unknown
  await new Promise((resolve) => setTimeout(resolve, 2500));
  redis.resume();
  const totals = () =>
    Promise.all(['a.lenient', 'b.strict', 'c.lenient'].map((name) => metering.total(name)));
  await expect.poll(totals).toEqual([1, 1, 2]);
  expect((await call('')).status).toBe(200);
  expect(await totals()).toEqual([2, 2, 2]);
});

test('of a call whose quotas turn out to be one counter is taken from none, and that is told once', async () => {
  @Controller()
  class OneCounter {
    @Get()
    @Quota([
      { name: 'a.other', timeout: PATIENT, limit: 9 },
      { name: 'z{k}x', timeout: PATIENT, limit: 9 },
      {
        name: 'z',
        timeout: PATIENT,
        limit: 9,
        dimensions: { k: (context) => requestOf(context).headers['x-user'] },
      },
    ])
    get(): string {
      return 'ok';
    }
  }
  const { metering, call, logged } = await serve(new ExpressAdapter(), [OneCounter]);
  const statuses: number[] = [];
  for (const user of ['x', 'y', 'x']) statuses.push((await call('', { 'x-user': user })).status);
  expect(statuses).toEqual([500, 200, 500]);
  expect(logged).toEqual([
    expect.stringContaining('another quota of the same call counts in "z{k}x" as well'),
  ]);
  expect(await metering.total('a.other')).toBe(1);
  expect(await metering.total('z', { k: 'x' })).toBe(1);
  expect(await metering.total('z', { k: 'y' })).toBe(1);
});

test('quotas of a call that count in one counter are refused when the class is defined', () => {
  const perMinute = { name: 'api', limit: 5, window: 'minute' } as const;
  const perMonth = { name: 'api', limit: 50, window: 'month' } as const;
  expect(() => {
    class InArray {
      @Quota([perMinute, perMonth])
      get(): void {}
    }
    return InArray;
  }).toThrow(InvalidOptionsError);
  expect(() => {
    class Stacked {
      @Quota(perMinute)
      @Quota(perMonth)
      get(): void {}
    }
    return Stacked;
  }).toThrow('Give each a name of its own, such as "api.minute" and "api.month"');
  expect(() => {
    class Base {
      @Quota(perMinute)
      get(): void {}
    }
    @Quota(perMonth)
    class OnBoth extends Base {}
    return OnBoth;
  }).toThrow(InvalidOptionsError);
  expect(() => {
    @Quota(perMonth)
    class Above {}
    class Below extends Above {
      @Quota(perMinute)
      get(): void {}
    }
    return Below;
  }).toThrow(InvalidOptionsError);
  expect(() => {
    class WrittenOut {
      @Quota([
        { ...perMinute, dimensions: { plan: 'pro' } },
        { ...perMonth, name: 'api{plan}pro' },
      ])
      get(): void {}
    }
    return WrittenOut;
  }).toThrow(InvalidOptionsError);
  expect(() => {
    @Quota({ ...perMonth, name: 'all' })
    @Quota({ ...perMonth, dimensions: { tenant: () => 'acme' } })
    class Distinct {
      @Quota(perMinute)
      get(): void {}
      @Quota(perMinute)
      other(): void {}
    }
    return Distinct;
  }).not.toThrow();
});
