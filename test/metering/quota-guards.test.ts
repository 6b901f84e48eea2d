import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, test } from 'vitest';
import {
  InvalidOptionsError,
  Quota,
  type QuotaDimensions,
  QuotaGuard,
  type QuotaRule,
  type RefusedQuota,
  SkipQuota,
} from '../../lib/index.js';
import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { ADAPTERS, type Served, serve } from './quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const timeout = 30_000;

@Controller()
@Quota({ name: 'of.class', limit: 100, timeout })
class Plain {
  @Get('class')
  ofClass(): string {
    return 'ok';
  }

  @Get('method')
  @Quota({ name: 'of.method', limit: 2, timeout })
  ofMethod(): string {
    return 'ok';
  }

  @Get('skipped')
  @SkipQuota()
  @Quota({ name: 'of.skipped', limit: 0, timeout })
  skipped(): string {
    return 'ok';
  }
}

@Controller('below')
@SkipQuota()
class Below extends Plain {}

@Controller('free')
class Free {
  @Get()
  get(): string {
    return 'ok';
  }
}

interface Request {
  headers: Record<string, string | undefined>;
  tenant?: string;
}

/** A guard of a route that finds out who calls. */
const identifying: CanActivate = {
  canActivate(context) {
    const request = context.switchToHttp().getRequest<Request>();
    request.tenant = request.headers['x-tenant'];
    return true;
  },
};

@Controller('known')
@UseGuards(identifying)
class Known {
  @Get()
  @Quota({ name: 'known', limit: 1, timeout })
  get(): string {
    return 'ok';
  }
}

class PaymentRequired extends HttpException {
  constructor({ name, dimensions, limit, used, window }: RefusedQuota) {
    super({ name, dimensions, limit: Number(limit), used: Number(used), window }, 402);
  }
}

@Injectable()
class TenantQuotas extends QuotaGuard {
  private readonly rules: QuotaRule[] = [
    { name: 'everything', limit: 3, window: 'month', timeout },
  ];

  private readonly ofIdentified: QuotaRule[] = [
    ...this.rules,
    { name: 'identified', limit: 9, timeout },
  ];

  protected override quotasOf(context: ExecutionContext): QuotaRule[] {
    const { tenant } = context.switchToHttp().getRequest<Request>();
    return tenant === undefined ? this.rules : this.ofIdentified;
  }

  protected override dimensionsOf(context: ExecutionContext): QuotaDimensions {
    const { headers, tenant } = context.switchToHttp().getRequest<Request>();
    return { tenant: tenant ?? headers['x-tenant'] };
  }

  protected override refusal(refused: RefusedQuota): Error {
    return new PaymentRequired(refused);
  }
}

const all = [Plain, Below, Free, Known];
const serving = (
  adapter: Parameters<typeof serve>[0],
  guards: (typeof QuotaGuard)[],
): Promise<Served> =>
  serve(
    adapter,
    all,
    {},
    guards.map((useClass) => ({ provide: APP_GUARD, useClass })),
  );

const totals = ({ metering }: Served, names: string[], dimensions?: Record<string, string>) =>
  Promise.all(names.map((name) => metering.total(name, dimensions)));

describe.each(ADAPTERS)('a guard that extends QuotaGuard, as APP_GUARD on %s,', (_, adapter) => {
  test('takes once of each quota, its own and those of decorators, all or nothing', async () => {
    const served = await serving(adapter(), [TenantQuotas]);
    const acme = { 'x-tenant': 'acme' };
    const statuses: number[] = [];
    for (const path of ['free', 'class', 'known', 'known', 'free', 'free']) {
      statuses.push((await served.call(path, acme)).status);
    }
    // the second call of "known" is refused, and has taken nothing
    expect(statuses).toEqual([200, 200, 200, 402, 402, 402]);
    const names = ['everything', 'of.class', 'known', 'identified'];
    expect(await totals(served, names, { tenant: 'acme' })).toEqual([3, 1, 1, 1]);
    expect(await totals(served, names)).toEqual([0, 0, 0, 0]);
    const refused = await served.call('free', acme);
    expect(await refused.json()).toEqual({
      ...{ name: 'everything', dimensions: { tenant: 'acme' }, limit: 3, used: 3, window: 'month' },
    });
    expect((await served.call('free', { 'x-tenant': 'globex' })).status).toBe(200);
    expect((await served.call('free')).status).toBe(400);
  });
});

test('a guard that stands twice takes once', async () => {
  @Controller('twice')
  class Twice {
    @Get()
    @UseGuards(TenantQuotas)
    @Quota({ name: 'twice', limit: 9, timeout })
    get(): string {
      return 'ok';
    }
  }
  const global = { provide: APP_GUARD, useClass: TenantQuotas };
  const served = await serve(new ExpressAdapter(), [Twice], {}, [global, global]);
  expect((await served.call('twice', { 'x-tenant': 'acme' })).status).toBe(200);
  const names = ['everything', 'twice'];
  expect(await totals(served, names, { tenant: 'acme' })).toEqual([1, 1]);
});

test('QuotaGuard itself as APP_GUARD takes nothing more, and lets routes without a quota pass', async () => {
  const served = await serving(new ExpressAdapter(), [QuotaGuard]);
  const statuses: number[] = [];
  for (const path of ['free', 'class', 'method', 'method', 'method']) {
    statuses.push((await served.call(path)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429]);
  expect(await totals(served, ['of.class', 'of.method'])).toEqual([3, 2]);
});

test('@SkipQuota() leaves a route out of all quotas, and a class out of all but those of its routes', async () => {
  const served = await serving(new ExpressAdapter(), [TenantQuotas]);
  const acme = { 'x-tenant': 'acme' };
  const paths = ['skipped', 'below/class', 'below/skipped', 'below/method', 'below/method'];
  for (const path of paths) expect((await served.call(path, acme)).status).toBe(200);
  expect((await served.call('below/method', acme)).status).toBe(429);
  const names = ['everything', 'of.class', 'of.skipped'];
  expect(await totals(served, names, { tenant: 'acme' })).toEqual([0, 0, 0]);
  expect(await totals(served, ['of.method'])).toEqual([2]);
  expect(() => SkipQuota()({}, 'accessor', { get: () => 1 })).toThrow(InvalidOptionsError);
});

test('the option quotas holds where a rule says nothing else', async () => {
  @Controller()
  class Counted {
    @Get('default')
    @Quota({ name: 'a', limit: 5 })
    byDefault(): never {
      throw new HttpException('no', 400);
    }

    @Get('always')
    @Quota({ name: 'b', limit: 5, charge: 'always' })
    always(): never {
      throw new HttpException('no', 400);
    }
  }
  const quotas = { charge: 'success', timeout } as const;
  const served = await serve(new ExpressAdapter(), [Counted], { quotas });
  for (const path of ['default', 'always']) await served.call(path);
  await expect.poll(() => totals(served, ['a', 'b'])).toEqual([0, 1]);
});

test.each([
  [
    { timeout: 0 },
    'Option "quotas" is wrong: timeout must be milliseconds from 1 to 600000, not 0',
  ],
  [{ charge: 'failure' }, "charge must be 'always' or 'success', not \"failure\""],
  [{ whenUnavailable: 'wait' }, "whenUnavailable must be 'allow' or 'refuse', not \"wait\""],
  [{ window: 'day' }, 'quotas has no option "window"; it has whenUnavailable, timeout, charge'],
  ['no', 'Option "quotas" (given: "no") must be an object'],
])('the option quotas is checked: %j', (quotas, message) => {
  expect(() => resolveOptions({ quotas })).toThrow(InvalidOptionsError);
  expect(() => resolveOptions({ quotas })).toThrow(message);
});
